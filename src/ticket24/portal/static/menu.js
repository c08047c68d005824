// The account's menu closes as menus do, so that it hides nothing behind it: with Escape,
// by a click elsewhere, and when the focus leaves it.

const menu = document.querySelector(".menu");
const summary = menu?.querySelector("summary");

const leave = (place) => menu.contains(place) || (menu.open = false);

menu?.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && leave(relatedTarget));
menu?.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape" || !menu.open) return;
  menu.open = false;
  summary.focus();
});
if (menu) document.addEventListener("click", ({ target }) => leave(target));
