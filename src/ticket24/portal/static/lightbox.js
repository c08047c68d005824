// Pictures open above the page: arrows and wiping lead to the others, Escape and the
// browser's "back" to where one was. Without this the same links lead to the pictures
// themselves.

const WIPE = 60;

const box = document.getElementById("lightbox");
const talk = document.getElementById("talk");
const links = () =>
  [...talk.querySelectorAll("a:not(.missing)")].filter((link) => link.querySelector(":scope > img[data-size]"));
const lost = box?.querySelector("[data-lost]");
let now = null;
let entered = false; // Opening it is a step in the browser's history, as people think it is.

function tell(failed) {
  const focused = lost.contains(document.activeElement);
  lost.hidden = !failed;
  lost.classList.remove("trying");
  if (!failed && focused) box.querySelector("[data-close]").focus();
}

// The small picture stands there until the whole one has come.
function fetchWhole() {
  const link = now;
  const whole = new Image();
  whole.onload = () => {
    if (now !== link) return;
    box.querySelector("img").src = whole.src;
    tell(false);
  };
  whole.onerror = () => now === link && tell(true);
  whole.src = link.href;
}

function show(link) {
  const picture = box.querySelector("img");
  const { alt, dataset, src } = link.querySelector("img");
  const every = links();
  const place = every.indexOf(link);
  now = link;
  picture.src = src;
  picture.alt = alt;
  tell(false);
  fetchWhole();
  box.querySelector("[data-name]").textContent = alt;
  const count = every.length > 1 ? ` · ${place + 1}/${every.length}` : "";
  box.querySelector("[data-about]").textContent = dataset.size + count;
  for (const one of box.querySelectorAll("a")) one.href = link.href;
  box.querySelector("[download]").download = alt;
  for (const button of box.querySelectorAll("[data-step]")) button.hidden = every.length < 2;
}

function step(by) {
  const every = links();
  if (every.length < 2) return;
  show(every[(every.indexOf(now) + by + every.length) % every.length]);
}

if (box && talk) {
  talk.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !plain || !links().includes(link)) return;
    event.preventDefault();
    show(link);
    box.showModal();
    history.pushState(null, "");
    entered = true;
  });
  window.addEventListener("popstate", () => {
    entered = false;
    box.close();
  });
  box.addEventListener("click", ({ target }) => {
    const by = target.closest("[data-step]")?.dataset.step;
    if (by) step(Number(by));
    else if (target.closest("[data-again]")) {
      lost.classList.add("trying");
      fetchWhole();
    } else if (target === box || target.closest("[data-close]")) box.close();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    step(event.key === "ArrowLeft" ? -1 : 1);
  });
  let from = null;
  box.addEventListener("touchstart", ({ touches }) => {
    from = touches.length === 1 ? touches[0].clientX : null;
  }, { passive: true });
  box.addEventListener("touchend", ({ changedTouches }) => {
    const moved = from === null ? 0 : changedTouches[0].clientX - from;
    from = null;
    if (Math.abs(moved) > WIPE && window.visualViewport.scale === 1) step(moved > 0 ? -1 : 1);
  });
  box.addEventListener("close", () => {
    box.querySelector("img").removeAttribute("src");
    now?.focus({ preventScroll: true });
    now = null;
    if (entered) history.back();
    entered = false;
  });
}
