// A page that the browser keeps in memory is asked for anew before it is shown: who comes
// back to it may have signed out since, or be somebody else. It is kept blank, so that
// nothing of it is seen for a moment. (Clear-Site-Data does not do: with a full cache
// Chromium takes many seconds for it.)
const root = document.documentElement;

window.addEventListener("pagehide", () => { root.hidden = true; });
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
