// Keeps an open page true. It asks status.json, which answers when something changes,
// then fetches the page anew and changes only what differs: what people typed and opened,
// and where they are, stays. Without it the same pages work by reloading.

const FIRST_SECONDS = 1;
const SHOWN_SECONDS = 5;
const HIDDEN_SECONDS = 60;
const MOST_SECONDS = 60;
const LOST_AFTER_TRIES = 2;

// How long an answer may wait for a change, when it is too late for it to come at all,
// and when it was so early that nothing waited there. Changes that follow one another
// quickly are fetched together.
const WAIT_SECONDS = 25;
const LATE_SECONDS = 35;
const EARLY_SECONDS = 1;
const GATHER_SECONDS = 0.5;
const MOST_WAITS_LOST = 3;

const live = document.getElementById("live");
const root = document.documentElement;
const language =
  navigator.languages.find((name) => name.split("-")[0] === root.lang.split("-")[0]) ??
  root.lang;

// --- Times: how long ago, and when exactly where the reader is.

const exactly = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(language);
const UNITS = [
  ["year", 31536000], ["month", 2592000], ["week", 604800],
  ["day", 86400], ["hour", 3600], ["minute", 60],
];

function ago(at) {
  const past = (Date.now() - at) / 1000;
  const unit = UNITS.find(([, seconds]) => past >= seconds);
  return unit && relative.format(-Math.trunc(past / unit[1]), unit[0]);
}

function tellTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    const said = "whole" in time.dataset ? exactly.format(at) : ago(at);
    if (said && time.textContent !== said) time.textContent = said;
    if (time.title) time.title = exactly.format(at);
  }
}

// --- The page: make the old one say what the new one says.

const alike = (one, other) =>
  one.nodeType === other.nodeType && one.nodeName === other.nodeName && !one.id && !other.id;

const kept = (node) => node.nodeName === "FORM" || node.dataset.keep !== undefined;

function renew(old, now) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== now.data) old.data = now.data;
    return;
  }
  if (kept(old) || old.isEqualNode(now)) return;
  for (const { name, value } of now.attributes) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !now.hasAttribute(name)) old.removeAttribute(name);
  }
  renewChildren(old, now);
}

// What is folded now and is shown here stays. Returns what comes after it here.
function endOf(fold, known) {
  const last = known.get(`m-${fold.dataset.fold}`);
  if (last) return last.nextSibling;
  let next = fold;
  while ((next = next.nextElementSibling)) {
    if (next.dataset.sticky === undefined && known.has(next.id)) return known.get(next.id);
  }
  return undefined;
}

function renewChildren(old, now) {
  const known = new Map([...old.children].filter((one) => one.id).map((one) => [one.id, one]));
  const wanted = [...now.childNodes];
  const names = new Set(wanted.map((one) => one.id));
  const stay = new Set();
  let place = old.firstChild;
  for (const next of wanted) {
    while (place?.dataset?.sticky !== undefined && !names.has(place.id)) {
      stay.add(place);
      place = place.nextSibling;
    }
    const end = next.dataset?.fold ? endOf(next, known) : undefined;
    if (end !== undefined) {
      for (; place && place !== end; place = place.nextSibling) stay.add(place);
      continue;
    }
    let node = next.id ? known.get(next.id) : place && alike(place, next) && place;
    if (node) {
      if (node === place) place = place.nextSibling;
      else old.insertBefore(node, place);
      renew(node, next);
    } else {
      node = old.insertBefore(document.importNode(next, true), place);
    }
    stay.add(node);
  }
  for (const node of [...old.childNodes]) if (!stay.has(node)) node.remove();
}

function renewPage(fresh) {
  const focused = document.activeElement;
  const main = document.querySelector("main");
  // Browsers keep the first visible line in place, but people who type look elsewhere.
  const typing = focused.form && main.contains(focused);
  const place = focused.getBoundingClientRect().top;
  const state = badge();
  const before = new Set([...main.querySelectorAll(".theirs, .ours")].map((one) => one.id));
  const old = main.querySelector("#archived");
  renewChildren(main, fresh.querySelector("main"));
  const token = fresh.querySelector("[name=csrf_token]")?.value;
  for (const field of document.querySelectorAll("[name=csrf_token]")) {
    if (token) field.value = token;
  }
  if (focused !== document.activeElement && focused.isConnected) {
    focused.focus({ preventScroll: true });
  }
  tellTimes();
  const moved = focused.getBoundingClientRect().top - place;
  if (typing && moved) window.scrollBy({ top: moved, behavior: "instant" });
  forgetSent([...main.querySelectorAll(".ours")].filter((one) => !before.has(one.id)), fresh);
  const authors = [...main.querySelectorAll(".theirs")]
    .filter((one) => !old && !before.has(one.id))
    .map((one) => one.querySelector("b").textContent);
  for (const name of new Set(authors)) announce(live.dataset.reply.replace("{name}", name));
  // Whoever hears of a reply knows whose turn it is then, but not that all is done.
  const told = authors.length && main.querySelector("#state .yours");
  if (!told && badge() !== state) announce(badge());
}

const badge = () => document.querySelector("#state .status")?.textContent ?? "";

const bare = (text) => text.replace(/\s+/g, "");

// What was sent in another tab is no longer a draft: the conversation shows it.
function forgetSent(entries, fresh) {
  const form = document.getElementById("reply");
  const words = bare(form?.elements.text.value ?? "");
  if (!words || form.querySelector("[name=upload]")) return;
  const said = entries.map((one) => bare(one.querySelector(".text")?.textContent ?? ""));
  if (!said.includes(words)) return;
  form.elements.text.value = "";
  form.elements.form_id.value = fresh.querySelector("#reply [name=form_id]").value;
  form.querySelector(".restored")?.remove();
}

// --- What people should know.

let heard = []; // In this look: screen readers read what came at once as one.

function announce(words) {
  const line = document.createElement("span");
  line.textContent = words;
  heard.push(line, " ");
  document.getElementById("announcer").replaceChildren(...heard);
}

function complain(words, link) {
  const line = document.getElementById("trouble");
  line.hidden = !words;
  if ((line.firstChild?.data ?? "") === words) return;
  line.replaceChildren(words, ...(link ? [" ", link] : []));
  if (words) announce(words);
}

function sayEnded() {
  const link = document.createElement("a");
  Object.assign(link, { href: live.dataset.signIn, target: "_blank", rel: "noopener" });
  link.textContent = live.dataset.signInWords;
  complain(live.dataset.ended, link);
}

let title = document.title;

function entitle(unread) {
  document.title = unread ? `(${unread}) ${title}` : title;
}

function tellTickets({ tickets, unread }, known) {
  entitle(unread ?? tickets.reduce((sum, one) => sum + one.unread, 0));
  for (const one of known && !live.dataset.page ? tickets : []) {
    const before = known.get(one.id);
    const replied = one.unread > (before?.unread ?? 0);
    const moved = before && (one.turn !== before.turn || one.state !== before.state);
    const yours = one.turn === "yours"; // Said in our words, whatever the company calls it.
    const turned = moved && !(replied && yours);
    if (replied) announce(live.dataset.replyIn.replace("{subject}", one.subject));
    const said = (!yours && one.state) || live.dataset[`turn_${one.turn}`];
    if (turned) announce(`${one.subject}: ${said}`);
  }
  return new Map([...(known ?? []), ...tickets.map((one) => [one.id, one])]);
}

// Of a list that is too long, only what moved since the latest.
const since = () => cut && { since: [...known.values()].map((one) => one.updated).sort().pop() };

// --- The polls.

let etag; // Of the tickets as we know them; `shown` is that of the page.
let shown = live?.dataset.etag;
let known; // The tickets, as they were at the last look.
let cut = false; // One answer does not hold them all.
let failures = 0;
let updatedAt = new Date();
let timer;
let looking = false;
let waiting; // What ends the question that waits for a change.
let plain = false; // The next question must not wait.
let waitsLost = 0; // Waits in a row that ended in an error.
let awaited = false; // Another script waits for the page.
let stale = false; // The forms' tokens are of a session that has ended.

// Nobody has read a page that the browser prepared before it was opened.
const [opened] = performance.getEntriesByType("navigation");
let unnoticed = Boolean(
  document.prerendering || opened?.activationStart > 0 || opened?.deliveryType === "navigational-prefetch",
);

class Ended extends Error {}
class Gone extends Error {}
class Busy extends Error {}
class GivenUp extends Error {}

async function ask(address, headers, signal) {
  const options = { cache: "no-store", headers, redirect: "manual", signal };
  const response = await fetch(address, options);
  if (response.status === 401 || response.type === "opaqueredirect") throw new Ended();
  if (response.status === 404) throw new Gone();
  if (response.status === 429 || response.status >= 500) throw new Busy();
  if (!response.ok && response.status !== 304) throw new Error(response.statusText);
  return response;
}

// Only pages that are seen wait: a browser has few connections for all of its tabs.
const mayWait = () =>
  etag && !plain && !failures && !stale && !document.hidden && navigator.onLine && waitsLost < MOST_WAITS_LOST;

async function question(wait) {
  const headers = etag ? { "If-None-Match": etag } : {};
  plain = false;
  const asked = new URLSearchParams({ ...(wait && { wait: WAIT_SECONDS }), ...since() });
  const { status } = live.dataset;
  const address = [status, asked].filter(String).join(status.includes("?") ? "&" : "?");
  if (!wait) return ask(address, headers);
  const patience = new AbortController();
  const late = setTimeout(() => patience.abort(), 1000 * LATE_SECONDS);
  waiting = patience;
  try {
    const response = await ask(address, headers, patience.signal);
    waitsLost = 0;
    return response;
  } catch (error) {
    if (!waiting) throw new GivenUp();
    // Something on the way does not wait, or all is away: a plain question tells.
    plain = true;
    waitsLost += 1;
    throw error;
  } finally {
    clearTimeout(late);
    waiting = undefined;
  }
}

function giveUpWaiting() {
  plain = true;
  const patience = waiting;
  waiting = undefined;
  patience?.abort();
}

async function fetchPage() {
  const address = live.dataset.page ?? location.pathname + location.search;
  const hidden = document.hidden;
  const asked = performance.now();
  awaited = false;
  const response = await ask(address, hidden ? { "X-Ticket24-Glance": "1" } : {});
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  unnoticed = hidden;
  stale = false;
  title = fresh.title;
  shown = fresh.getElementById("live").dataset.etag;
  renewPage(fresh);
  document.dispatchEvent(new CustomEvent("ticket24:renewed", { detail: asked }));
}

function leave() {
  root.hidden = true;
  location.replace(live.dataset.home);
}

// Ask, and return after how many seconds to ask again.
async function poll() {
  const began = performance.now();
  const wait = mayWait();
  const response = await question(wait);
  // Nobody should come back together with all others.
  const told = Number(response.headers.get("Retry-After")) * (0.75 + Math.random() / 2);
  const later = Math.min(told || 0, MOST_SECONDS);
  if (response.status === 304) {
    if (stale || awaited || (unnoticed && !document.hidden)) await fetchPage();
    const unwaited = wait ? performance.now() - began < 1000 * EARLY_SECONDS : !mayWait();
    return later || (unwaited ? SHOWN_SECONDS : 0);
  }
  // Whoever does not say whose this is, a hotel's network for one, is not our server.
  const owner = response.headers.get("X-Ticket24-Owner");
  if (!owner) throw new Error("not ours");
  // Somebody else has signed in here: nothing on this page is theirs.
  if (owner !== live.dataset.owner) {
    leave();
    return SHOWN_SECONDS;
  }
  const news = await response.json();
  const current = response.headers.get("ETag");
  if (stale || awaited || unnoticed || !current.includes(shown)) await fetchPage();
  known = tellTickets(news, known);
  cut ||= news.more > 0;
  etag = current;
  return later || (mayWait() ? GATHER_SECONDS : SHOWN_SECONDS);
}

async function look() {
  if (looking) return;
  looking = true;
  heard = [];
  clearTimeout(timer);
  let seconds = SHOWN_SECONDS;
  try {
    seconds = await poll();
    failures = 0;
    updatedAt = new Date();
    complain("");
  } catch (error) {
    if (error instanceof GivenUp) seconds = 0;
    else seconds = tellFailure(error);
  }
  looking = false;
  if (document.hidden) seconds = Math.max(HIDDEN_SECONDS, seconds);
  else if (plain && !failures) seconds = 0;
  timer = setTimeout(look, 1000 * seconds);
}

// Say what is wrong once it lasts; return after how many seconds to ask again.
function tellFailure(error) {
  failures += 1;
  stale ||= error instanceof Ended;
  if (error instanceof Ended) sayEnded();
  // What somebody may see no longer does not stay on the screen.
  else if (error instanceof Gone && "ofOthers" in live.dataset) location.reload();
  else if (error instanceof Gone && live.dataset.page) complain(live.dataset.gone);
  else if (failures >= LOST_AFTER_TRIES) {
    const words = error instanceof Busy ? live.dataset.busy : live.dataset.lost;
    complain(`${words.replace("{time}", clock.format(updatedAt))} ${live.dataset.still}`.trim());
  }
  // Whoever waited was told together with all others.
  const spread = plain ? Math.random() : 1;
  return spread * Math.min(MOST_SECONDS, SHOWN_SECONDS * failures);
}

// Ask at once; what waits was asked when the page was hidden, or on another line.
function lookNow() {
  waitsLost = 0;
  if (looking) giveUpWaiting(); // And ask again.
  else look();
}

tellTimes();
setInterval(tellTimes, 60_000);
document.addEventListener("ticket24:shown", tellTimes);
if (live) {
  timer = setTimeout(look, 1000 * FIRST_SECONDS);
  document.addEventListener("visibilitychange", () => (document.hidden ? giveUpWaiting() : lookNow()));
  document.addEventListener("prerenderingchange", lookNow);
  window.addEventListener("online", lookNow);
  window.addEventListener("offline", giveUpWaiting);
  window.addEventListener("pagehide", giveUpWaiting);
  window.addEventListener("pageshow", ({ persisted }) => persisted && lookNow());
  // Another script sent something, and people who wait for it want to see it now.
  document.addEventListener("ticket24:look", () => {
    awaited = true;
    lookNow();
  });
}
