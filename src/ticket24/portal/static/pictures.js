// A picture is a card until it comes: its name, its size, and "Try again" if it was lost. It
// is asked for once more by itself, and again while others come. If pressing was of no use,
// the next press follows the link, whose page says what is wrong.
// Without this the same link is all there is.

const SOON_SECONDS = 0.3;
const AGAIN_SECONDS = 5;
const SPREAD_SECONDS = 3; // Pages that failed together do not come back together.
const ONE_SECONDS = 10; // How long the next one waits for a picture at most.
const MOST_TIMES = 5;

const talk = document.getElementById("talk");
const seen = new WeakMap(); // What was tried for a picture that failed.
let line = Promise.resolve();
let came = 0; // When a picture came last.
let soon;

const broken = (img) => img.complete && !img.naturalWidth && seen.has(img);

function card(img, ...more) {
  const about = document.createElement("span");
  const lines = [["b", img.alt], ["small", img.dataset.size], ...more];
  about.className = "about";
  for (const [tag, words] of lines) {
    about.append(Object.assign(document.createElement(tag), { textContent: words }), " ");
  }
  return about;
}

function mark(img) {
  const link = img.closest("a");
  if (!link) return;
  // To add a class that is there would be news to the observer below, for ever.
  if (link.classList.contains("coming")) unmark(link);
  if (!link.classList.contains("missing")) link.classList.add("missing");
  if (!link.querySelector(".about")) link.append(card(img, ["em", talk.dataset.again]));
}

// Its link is named by the picture: the card is for those who see it.
function expect(img) {
  const link = img.closest("a");
  if (!link || img.complete || seen.has(img) || link.querySelector(".about")) return;
  const about = card(img);
  about.ariaHidden = "true";
  link.classList.add("coming");
  link.append(about);
}

function unmark(link) {
  link?.classList.remove("coming", "missing", "trying");
  link?.querySelector(".about")?.remove();
}

function tryAgain(img) {
  if (!img.isConnected || !broken(img)) return;
  img.closest("a")?.classList.add("trying");
  img.loading = "eager"; // What cannot be seen is not loaded otherwise.
  img.src = img.getAttribute("src");
}

const settled = (img) =>
  new Promise((done) => {
    for (const news of ["load", "error"]) img.addEventListener(news, done, { once: true });
    setTimeout(done, ONE_SECONDS * 1000);
  });

// One after the other: thirty at once failed because they were thirty.
function inLine(img) {
  line = line.then(() => {
    if (!img.isConnected || !broken(img)) return null;
    const end = settled(img);
    tryAgain(img);
    return end;
  });
}

function failed(img) {
  const now = performance.now();
  const tried = seen.get(img) ?? { pressed: false, times: 0, at: now };
  const others = came && came > now - 1000 * AGAIN_SECONDS;
  const again = !tried.times || (came > tried.at && tried.times < MOST_TIMES);
  img.closest("a")?.classList.remove("trying");
  seen.set(img, { ...tried, times: tried.times + 1, at: now });
  mark(img);
  if (!again) return;
  if (others) return void inLine(img);
  const seconds = AGAIN_SECONDS + Math.random() * SPREAD_SECONDS;
  setTimeout(() => inLine(img), seconds * 1000);
}

function arrived(img) {
  came = performance.now();
  seen.delete(img);
  unmark(img.closest("a"));
}

const isPicture = (node) => node instanceof HTMLImageElement && Boolean(node.dataset.size);
const pictures = () => talk.querySelectorAll("img[data-size]");

if (talk) {
  talk.addEventListener("error", ({ target }) => isPicture(target) && failed(target), true);
  talk.addEventListener("load", ({ target }) => isPicture(target) && arrived(target), true);
  talk.addEventListener("click", (event) => {
    const img = event.target.closest("a.missing")?.querySelector("img");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const tried = img && seen.get(img);
    if (!tried || tried.pressed || !plain) return;
    event.preventDefault();
    tried.pressed = true;
    tryAgain(img);
  });
  // What failed before anybody listened; and a page that was made anew knows no cards.
  for (const img of pictures()) if (img.complete && !img.naturalWidth && img.currentSrc) failed(img);
  const renewed = new MutationObserver(() => {
    for (const img of pictures()) if (broken(img)) mark(img);
    later();
  });
  const later = () => {
    clearTimeout(soon);
    soon = setTimeout(() => pictures().forEach(expect), 1000 * SOON_SECONDS);
  };
  later();
  renewed.observe(talk, { attributeFilter: ["class"], childList: true, subtree: true });
  window.addEventListener("online", () => pictures().forEach(tryAgain));
}
