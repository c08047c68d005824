// A page that the browser kept in memory is asked for anew before it is shown: who comes
// back to it may have signed out since, or be somebody else.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.documentElement.hidden = true;
  location.reload();
});
