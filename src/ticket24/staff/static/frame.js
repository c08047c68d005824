// Talks to the page of Bitrix24 around us: platform.md 6.6. Its messages are
// `command:JSON:callback:APP_SID`, the answers `callback:JSON`.

const parentOrigin = document.body.dataset.parent ?? "";
const visit = document.body.dataset.token ?? "";
const base = "/bitrix24";

// The page around the frame names it `DOMAIN|PROTOCOL|APP_SID`.
const appSid = window.name.split("|")[2] ?? "";
const framed = window.parent !== window && parentOrigin !== "" && appSid !== "";

const ANSWER_MS = 5000;
const RETRY_MS = 60 * 1000;
const SOON_MS = 15 * 1000;

// Pixels: what is around a frame may count its border.
const SLACK = 2;

const waiting = new Map();
let asked = 0;

window.addEventListener("message", (event) => {
  if (event.source !== window.parent || event.origin !== parentOrigin) return;
  if (typeof event.data !== "string") return;
  const colon = event.data.indexOf(":");
  const resolve = waiting.get(event.data.slice(0, colon));
  if (colon < 0 || !resolve) return;
  waiting.delete(event.data.slice(0, colon));
  resolve(read(event.data.slice(colon + 1)));
});

function read(text) {
  try {
    return text === "" || text === "undefined" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

// Ask the page around us; rejects if it does not answer in time.
function ask(command, params, patience = ANSWER_MS) {
  if (!framed) return Promise.reject(new Error("not in Bitrix24"));
  const id = `ticket24_${++asked}`;
  const words = params === undefined ? "" : JSON.stringify(params);
  return new Promise((resolve, reject) => {
    waiting.set(id, resolve);
    setTimeout(() => {
      if (waiting.delete(id)) reject(new Error("no answer"));
    }, patience);
    window.parent.postMessage(`${command}:${words}:${id}:${appSid}`, parentOrigin);
  });
}

// Call a path of our own with the visit's token; the page says if the visit is over.
async function api(path, options = {}) {
  const headers = new Headers(options.headers);
  headers.set("Authorization", `Bearer ${visit}`);
  if (!headers.has("Accept")) headers.set("Accept", "application/json");
  const answer = await fetch(path, { credentials: "omit", ...options, headers });
  if (answer.status === 401) show("[data-ended]");
  return answer;
}

// Say what a refusal means and what to do, by its status (0 without a connection).
function refused(status) {
  const box = document.querySelector("[data-refused]");
  if (!box) return ""; // A page that is itself a refusal.
  const known = [403, 404, 413, 429, 503].includes(status);
  const words = box.dataset[`t${known ? status : status >= 400 ? 500 : 0}`];
  box.querySelector("[data-refused-words]").textContent = words;
  box.hidden = false;
  return words;
}

function show(selector) {
  for (const box of document.querySelectorAll(selector)) box.hidden = false;
}

function hide(selector) {
  for (const box of document.querySelectorAll(selector)) box.hidden = true;
}

// Make the frame as high as its content.
function fit() {
  let height = 0;
  let planned = false;
  const main = document.getElementById("main");
  const measure = () => {
    planned = false;
    const wanted = Math.ceil(main.getBoundingClientRect().height) + SLACK;
    if (Math.abs(wanted - height) < 2) return;
    height = wanted;
    ask("resizeWindow", { width: "100%", height }).catch(() => {});
  };
  new ResizeObserver(() => {
    if (!planned) requestAnimationFrame(measure);
    planned = true;
  }).observe(main);
}

// A page that is left open keeps working: the page around us has new tokens.
async function renew() {
  let next = RETRY_MS;
  try {
    const fresh = await ask("refreshAuth", undefined, 3 * ANSWER_MS);
    const body = new URLSearchParams({
      AUTH_ID: fresh.AUTH_ID,
      AUTH_EXPIRES: String(fresh.AUTH_EXPIRES ?? ""),
    });
    const answer = await api(`${base}/renew`, { method: "POST", body });
    if (answer.status === 401) return;
    if (answer.ok) next = ((await answer.json()).seconds * 1000 * 2) / 3;
  } catch {
    // Bitrix24 is away: it is asked again.
  }
  setTimeout(renew, Math.max(next, SOON_MS));
}

// Only in install mode: elsewhere it would do nothing (platform.md 2.3).
async function finish() {
  show("[data-finish-working]");
  try {
    const start = await ask("getInitData");
    if (start?.INSTALL !== true) {
      hide("[data-finish-working]");
      return;
    }
    hide("[data-finish] form, [data-finish-done]");
    await ask("setInstallFinish", undefined, 2 * ANSWER_MS);
    // Now the page around us loads again, and opens the settings.
  } catch {
    show("[data-finish-silent]");
    show("[data-finish] form, [data-finish-done]");
  }
  hide("[data-finish-working]");
}

window.ticket24 = Object.freeze({ token: () => visit, api, ask, refused, fine: () => hide("[data-refused]") });

if (framed) {
  fit();
  if (visit) setTimeout(renew, Number(document.body.dataset.renew) * 1000);
}
if (document.querySelector("[data-finish]")) finish();
document.querySelector("[data-focus], .errors")?.focus();
