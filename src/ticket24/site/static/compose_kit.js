// What the scripts of the forms that people write in have in common.

// Inside Bitrix24 there are no cookies: there the token says who asks.
export const api = (form) => {
  const token = form.elements.csrf_token.value;
  const proof = "bearer" in form.dataset ? { Authorization: `Bearer ${token}` } : { "X-CSRF-Token": token };
  return { Accept: "application/json", ...proof };
};

// What a refusal means and what to do, by its status.
export function trouble(form, status) {
  const known = [401, 403, 404, 413, 429, 503].includes(status);
  return form.dataset[`t${known ? status : status >= 500 ? 500 : 0}`] ?? "";
}

// If a page was open while its session ended and another one of the same person began,
// its form needs the new session's token.
export async function renewed(form) {
  if ("bearer" in form.dataset) return false;
  const headers = { "X-Ticket24-Glance": "1" };
  try {
    const page = form.action.replace(/\/replies$/, "");
    const answer = await fetch(page, { cache: "no-store", redirect: "manual", headers });
    if (!answer.ok) return false;
    const now = new DOMParser().parseFromString(await answer.text(), "text/html");
    const { owner, csrf_token: token } = now.querySelector("form[data-compose]").elements;
    if (owner.value !== form.elements.owner.value) return false;
    for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = token.value;
    return true;
  } catch {
    return false;
  }
}

const PATIENCE_MS = 30000;
const SLOWEST = 10; // Bytes in a millisecond.
const ALONE_BYTES = 40000; // What may outlive its page: browsers allow 64 KiB in all.

// Sends a form. Only who names the form in the answer has read it: `told` is undefined
// for the words of a proxy, of a hotel's network, or of nobody.
export async function post(form, body, again = false) {
  const id = body.get("form_id");
  const bytes = new Blob([...body.values()]).size;
  const keepalive = bytes < ALONE_BYTES;
  const signal = AbortSignal.timeout(PATIENCE_MS + bytes / SLOWEST);
  const options = { method: "POST", body, headers: api(form), redirect: "manual", cache: "no-store", keepalive, signal };
  try {
    const answer = await fetch(form.action, options);
    const { status, headers } = answer;
    const json = headers.get("Content-Type")?.startsWith("application/json");
    const told = json ? await answer.json() : undefined;
    if (status === 403 && told && !again && (await renewed(form))) return post(form, body, true);
    const wait = Number(headers.get("Retry-After")) || 0;
    return { status, json, wait, told: told?.form_id === id ? told : undefined };
  } catch {
    return { status: 0, wait: 0 };
  }
}

const AGAIN_SECONDS = [5, 10, 20, 40, 60];
const MOST_SECONDS = 600;
const KNOWN_MS = 6 * 86400000; // For a week our server knows what was sent.

// What was sent that long ago may be known no more: nothing sends it by itself.
export const old = (at) => Date.now() - at > KNOWN_MS;

// How long to wait after so many failures, at least what the server asks for.
export function pause(failures, seconds) {
  const own = AGAIN_SECONDS[Math.min(failures, AGAIN_SECONDS.length - 1)];
  return 1000 * Math.min(MOST_SECONDS, Math.max(own, seconds)) * (1 + Math.random() / 5);
}

export const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// What a tab keeps of a person's words; the name says whose they are. In browsers that
// keep nothing the page alone has them.
export const shelf = {
  name: (form, what) => `ticket24 ${form.elements.owner?.value} ${what} ${form.dataset.draft}`,
  get(name) {
    try {
      return JSON.parse(sessionStorage.getItem(name));
    } catch {
      return null;
    }
  },
  put(name, value) {
    try {
      if (value) sessionStorage.setItem(name, JSON.stringify(value));
      else sessionStorage.removeItem(name);
    } catch {
      // Full, or not allowed.
    }
  },
};

// What the page shows is also said, once, to people who do not see it.
export function say(form, words) {
  const line = form.querySelector("[data-say]");
  if (line && line.textContent !== words) line.textContent = words;
}

export const fill = (words, name) => words.replace("{name}", () => name);

export function size(bytes, language) {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toLocaleString(language, { maximumFractionDigits: 1 })} MB`;
}
