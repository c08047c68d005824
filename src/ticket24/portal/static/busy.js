// A button that acts is pressed once. Its form goes on its way as ever, with the button's
// own value; a second press finds it busy until a page comes, or none does. Without any
// connection the form stays where it is, instead of the browser's page of errors.

const PATIENCE_MS = 20000;

const buttons = (form) => [...form.elements].filter((one) => one.type === "submit");
const sending = new Map();

function release(form) {
  clearTimeout(sending.get(form));
  sending.delete(form);
  for (const button of buttons(form)) button.removeAttribute("aria-disabled");
}

function tell(place, words) {
  place.querySelector(".offline")?.remove();
  if (!words) return;
  const line = Object.assign(document.createElement("p"), { className: "offline", role: "alert" });
  place.append(line);
  line.textContent = words;
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  const along = submitter?.dataset.along !== undefined;
  if (event.defaultPrevented || form.method !== "post" || (form.matches("[data-compose]") && !along)) return;
  const offline = navigator.onLine === false;
  if (offline || sending.has(form)) event.preventDefault();
  if (sending.has(form)) return;
  tell(submitter?.closest("form, [data-keep]") ?? form, offline && document.body.dataset.offline);
  if (offline) return;
  sending.set(form, setTimeout(() => release(form), PATIENCE_MS));
  for (const button of buttons(form)) button.setAttribute("aria-disabled", "true");
});

window.addEventListener("pageshow", () => [...sending.keys()].forEach(release));

// What somebody else left in this tab is nobody's business.
const { owner } = document.body.dataset;
try {
  for (const name of owner ? Object.keys(sessionStorage) : []) {
    const [ours, whose] = name.split(" ");
    if (ours === "ticket24" && whose !== owner) sessionStorage.removeItem(name);
  }
} catch {
  // A browser that keeps nothing.
}
