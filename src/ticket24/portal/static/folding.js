// A long ticket: it opens at what is new, folded messages come in place, and "Reply" is
// in reach. Without this the same links lead to pages that show the same.

const talk = document.getElementById("talk");
const live = document.getElementById("live");
const root = document.documentElement;
const KEY = /^#?m-((?:chat|forum)-\d+)$/;

const folds = () => [...talk.querySelectorAll(":scope > [data-fold]")];
const isMark = (one) => one.dataset.sticky !== undefined;
const beside = (one, way) => {
  while ((one = one[way]) && isMark(one));
  return one;
};

// To unfold is not to read what came meanwhile: the page shows and marks that by itself.
const headers = { "X-Ticket24-Glance": "1" };

// Returns the part around a folded message, up to what is shown after the fold.
async function part(fold, key) {
  let next = fold;
  while ((next = next.nextElementSibling) && !KEY.test(next.id));
  const until = next ? `&until=${KEY.exec(next.id)[1]}` : "";
  const address = `${location.pathname}?at=${key}${until}`;
  const response = await fetch(address, { cache: "no-store", headers, redirect: "manual" });
  if (!response.ok) return null;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const same = page.getElementById("live")?.dataset.owner === live.dataset.owner;
  return same ? page.getElementById("talk") : null;
}

// Returns what was put in place of a fold; null if the page is another one meanwhile.
function put(fold, list) {
  const [before, after] = ["previousElementSibling", "nextElementSibling"].map((way) => {
    const found = beside(fold, way);
    return found?.id ? list.querySelector(`#${CSS.escape(found.id)}`) : null;
  });
  if (!before || !after) return null;
  const nodes = [];
  for (let one = before.nextElementSibling; one && one !== after; one = one.nextElementSibling) {
    const known = document.getElementById(one.id);
    if (!isMark(one) && (!known || known === fold)) nodes.push(document.importNode(one, true));
  }
  fold.replaceWith(...nodes);
  document.dispatchEvent(new Event("ticket24:shown"));
  return nodes;
}

// What people look at stays where it is, also in browsers that do not see to it.
function inPlace(one, change) {
  const top = one.getBoundingClientRect().top;
  root.style.overflowAnchor = "none";
  const result = change();
  const moved = one.getBoundingClientRect().top - top;
  if (moved) window.scrollBy({ top: moved, behavior: "instant" });
  requestAnimationFrame(() => requestAnimationFrame(() => (root.style.overflowAnchor = "")));
  return result;
}

async function unfold(fold) {
  const link = fold.querySelector("a");
  if (link.ariaBusy) return;
  link.ariaBusy = "true";
  let list;
  try {
    list = await part(fold, KEY.exec(link.hash)[1]);
  } catch {
    link.ariaBusy = null;
    link.dataset.words ??= link.textContent.trim();
    link.textContent = `${link.dataset.words} · ${talk.dataset.again}`;
    return;
  }
  // What comes first is read upwards, what comes between downwards.
  const downwards = fold.id !== "fold-0";
  const still = beside(fold, downwards ? "previousElementSibling" : "nextElementSibling");
  const focused = fold.contains(document.activeElement);
  const nodes = list && still && inPlace(still, () => put(fold, list));
  if (!nodes) return void location.assign(link.href);
  const said = nodes.filter((one) => one.dataset.fold === undefined);
  const next = downwards ? said[0] : said.at(-1);
  if (!focused || !next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
}

// A link may lead to a message that is folded.
async function reveal() {
  const key = KEY.exec(location.hash)?.[1];
  const there = () => document.getElementById(`m-${key}`);
  const [fold, other] = folds();
  if (!key || there() || !fold) return;
  const list = other ? null : await part(fold, key).catch(() => null);
  if (list && fold.isConnected && put(fold, list)) {
    if (there()) location.replace(location.hash);
  } else if (new URLSearchParams(location.search).get("at") !== key) {
    location.assign(`${location.pathname}?at=${key}#m-${key}`);
  }
}

function openAtNew() {
  const [opened] = performance.getEntriesByType("navigation");
  const mark = document.getElementById("fresh");
  if (!mark || location.hash || opened?.type !== "navigate" || window.scrollY) return;
  const below = mark.getBoundingClientRect().top > window.innerHeight / 2;
  if (below) mark.scrollIntoView({ block: "start", behavior: "instant" });
}

// Whoever may only read has no reply.
function keepReplyInReach(bar) {
  const answer = document.getElementById("answer");
  const margin = { rootMargin: "0px 0px -80px 0px" };
  // Nor does it lie over what a message says that is not sent: the reply is below that.
  const near = new Set();
  const seen = (changed) => {
    for (const one of changed) near[one.isIntersecting ? "add" : "delete"](one.target);
    bar.classList.toggle("idle", near.size > 0);
  };
  const observer = new IntersectionObserver(seen, margin);
  for (const one of [answer, document.getElementById("outgoing")]) if (one) observer.observe(one);
  bar.addEventListener("click", (event) => {
    event.preventDefault();
    answer.scrollIntoView({ block: "start" });
    answer.querySelector("textarea")?.focus({ preventScroll: true });
  });
}

if (talk && live) {
  talk.addEventListener("click", (event) => {
    const fold = event.target.closest("[data-fold] a")?.closest("[data-fold]");
    if (!fold || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    unfold(fold);
  });
  window.addEventListener("hashchange", reveal);
  openAtNew();
  const bar = document.querySelector(".to-reply");
  if (bar) keepReplyInReach(bar);
  reveal();
}
