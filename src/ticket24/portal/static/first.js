// The page that asks for the address alone has a field for the password that people do
// not see. If a password manager filled in both, and somebody types another address, that
// password belongs to somebody else.
const { email, password } = document.forms["sign-in"].elements;

email.addEventListener("beforeinput", (event) => { if (event.isTrusted) password.value = ""; });
