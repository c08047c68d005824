// Makes the tab quicker: forms change only their part of the page, news comes by
// itself, the password can be hidden and copied. Everything also works without it.

const FIRST_MS = 800;
const LONGEST_MS = 10000;
const VIEWED_MS = 1500;
const COPIED_MS = 2500;

const parse = (text) => new DOMParser().parseFromString(text, "text/html");

// A script's answer replaces the whole page: for example, the visit is over.
function replaceAll(fresh) {
  document.getElementById("main").replaceChildren(...fresh.getElementById("main").childNodes);
}

// For people who do not see what has changed.
function say(line) {
  const words = line?.textContent.trim() ?? "";
  const said = document.getElementById("said");
  if (said.textContent !== words) said.textContent = words;
}

class Secret {
  constructor(form) {
    this.input = form.querySelector("[data-secret]");
    this.button = form.querySelector("[data-show]");
    this.words = this.button.textContent;
    this.button.addEventListener("click", () => this.show(this.veiled));
    this.show("shown" in this.input.dataset || !this.input.value);
    const copier = form.querySelector("[data-copy]");
    const offer = () => { this.button.hidden = copier.hidden = !this.input.value; };
    this.input.addEventListener("input", offer);
    offer();
    copier.addEventListener("click", () => this.copy(copier));
  }

  get veiled() {
    return this.input.classList.contains("veiled");
  }

  show(shown) {
    this.input.classList.toggle("veiled", !shown);
    this.button.setAttribute("aria-pressed", String(shown));
    this.button.textContent = shown ? this.button.dataset.hide : this.words;
  }

  async copy(copier) {
    if (!(await this.copied())) return;
    const words = copier.textContent;
    if (words === copier.dataset.copied) return;
    copier.textContent = copier.dataset.copied;
    setTimeout(() => { copier.textContent = words; }, COPIED_MS);
  }

  // Copy as people do, which every frame allows; else in the way that it may not allow.
  async copied() {
    const { veiled, input } = this;
    const before = document.activeElement;
    this.show(true);
    input.select();
    const done = document.execCommand("copy") || (await this.written());
    if (done) before?.focus();
    this.show(!veiled || !done);
    return done;
  }

  async written() {
    try {
      await navigator.clipboard.writeText(this.input.value);
      return true;
    } catch {
      return false; // It is shown and selected: a key is enough.
    }
  }
}

class News {
  constructor(card) {
    this.card = card;
    this.pause = FIRST_MS;
    this.asked = this.taken = 0;
    this.soon();
  }

  get busy() {
    return document.querySelector("#lines[data-busy]") !== null;
  }

  // Ask while something is on its way, but less and less often.
  soon(again = false) {
    if (again) this.pause = FIRST_MS;
    clearTimeout(this.timer);
    if (this.busy) this.timer = setTimeout(() => this.look(), this.pause);
  }

  async look() {
    const number = ++this.asked;
    try {
      const headers = { Accept: "text/html" };
      const answer = await window.ticket24.api(this.card.dataset.news, { headers });
      if (answer.status === 401) return;
      if (answer.ok) this.take(parse(await answer.text()), number);
      this.tell(answer.ok ? 200 : answer.status);
      if (answer.status === 403 || answer.status === 404) return;
    } catch {
      this.tell(0);
    }
    this.pause = Math.min(this.pause * 1.3, LONGEST_MS);
    this.soon();
  }

  // One failure is a moment; of two in a row somebody should know.
  tell(status) {
    this.failures = status === 200 ? 0 : (this.failures ?? 0) + 1;
    if (this.failures > 1) window.ticket24.refused(status);
    else if (this.told) window.ticket24.fine();
    this.told = this.failures > 1;
  }

  // Answers come in any order: one to an earlier question than the last is left out.
  take(fresh, number) {
    if (number < this.taken) return false;
    this.taken = number;
    for (const part of fresh.querySelectorAll("[data-live]")) {
      const old = document.getElementById(part.id);
      if (!old) continue;
      old.toggleAttribute("data-busy", part.hasAttribute("data-busy"));
      const open = old.querySelector("details")?.open;
      if (open) part.querySelector("details")?.setAttribute("open", "");
      if (old.innerHTML.trim() === part.innerHTML.trim()) continue;
      const changed = old.textContent.trim() !== part.textContent.trim();
      old.innerHTML = part.innerHTML;
      if (changed && old.id === "invited") say(old);
    }
    return true;
  }
}

const news = new News(document.querySelector("[data-news]"));

// What is typed into a form on its way would be replaced by the answer.
function hold(form, on) {
  form.ariaBusy = String(on);
  for (const field of form.querySelectorAll("input")) field.readOnly = on;
}

// Send a form by script and take its part of the answer. The rest of the page, such as
// a half-written ticket, stays.
async function swap(form, submitter) {
  if (form.ariaBusy === "true") return;
  const number = ++news.asked;
  const body = new URLSearchParams(new FormData(form, submitter));
  let fresh;
  let status;
  hold(form, true);
  try {
    const headers = { Accept: "text/html" };
    const answer = await window.ticket24.api(form.action, { method: "POST", body, headers });
    if (answer.status === 401) return;
    status = answer.status;
    fresh = parse(await answer.text());
  } catch {
    window.ticket24.refused(0); // What stands elsewhere on the page stays.
    return;
  } finally {
    hold(form, false);
  }
  const part = fresh.getElementById(form.id);
  // Do not replace the tab: what was typed elsewhere can still be copied or sent again.
  if (!part && status >= 400) return window.ticket24.refused(status);
  if (!part) return replaceAll(fresh);
  window.ticket24.fine();
  const elsewhere = !form.contains(document.activeElement) && document.activeElement !== document.body;
  form.replaceWith(part);
  if (!news.take(fresh, number)) news.look();
  news.soon(true);
  prepare(part);
  const focused = part.querySelector("[aria-invalid=true]")
    ?? part.querySelector(".error")
    ?? (submitter && part.querySelector(`[name="${submitter.name}"][value="${submitter.value}"]`))
    ?? part.querySelector("button:not([type=button])");
  say(part.querySelector(".outcome:not(:empty)") ?? part.querySelector(".record:not(:empty)"));
  if (elsewhere) return undefined; // Whoever types there goes on.
  if (focused?.matches("p")) focused.tabIndex = -1;
  focused?.focus();
  return undefined;
}

function prepare(form) {
  if (form.querySelector("[data-secret]")) new Secret(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    swap(form, event.submitter);
  });
}

for (const form of document.querySelectorAll("[data-swap]")) prepare(form);
document.getElementById("view-form")?.addEventListener("submit", () => {
  setTimeout(() => news.look(), VIEWED_MS);
});
