// Makes the two forms that people write in more comfortable: files are sent while they
// type, and what they type is kept. Without it the same forms work with one plain POST.

const SAVE_MS = 1500;
const PATIENCE_MS = 20000;
const NEAR = 0.9;
const RETRY_MS = 10000;
const SURE_MS = 5000;
const ALIVE_MS = 1800000; // Files that are not sent yet wait two hours.

// Inside Bitrix24 there are no cookies: there the token says who asks.
const api = (form) => {
  const token = form.elements.csrf_token.value;
  const proof = "bearer" in form.dataset ? { Authorization: `Bearer ${token}` } : { "X-CSRF-Token": token };
  return { Accept: "application/json", ...proof };
};

// What a refusal means and what to do, by its status.
function trouble(form, status) {
  const known = [401, 403, 404, 413, 429, 503].includes(status);
  return form.dataset[`t${known ? status : status >= 500 ? 500 : 0}`] ?? "";
}

// Our server is not there, or not now: a form that leaves the page would be lost behind
// the words of a proxy or a hotel's network. Our own refusals give it back.
function away({ status, headers }) {
  const ours = status === 204 || headers?.get("Content-Type")?.startsWith("application/json");
  return !ours || [429, 502, 503, 504].includes(status);
}

// If a page was open while its session ended and another one of the same person began,
// its form needs the new session's token.
async function renewed(form) {
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

// What the page shows is also said, once, to people who do not see it.
function say(form, words) {
  const line = form.querySelector("[data-say]");
  if (line && line.textContent !== words) line.textContent = words;
}

const fill = (words, name) => words.replace("{name}", () => name);

function size(bytes, language) {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toLocaleString(language, { maximumFractionDigits: 1 })} MB`;
}

class Files {
  constructor(form, box, changed) {
    Object.assign(this, { form, box, changed, words: box.dataset });
    this.list = box.querySelector("[data-list]");
    this.input = box.querySelector("input[type=file]");
    this.waiting = new Set();
    box.querySelector("[data-script]").hidden = false;
    this.input.classList.add("unseen");
    for (const row of this.list.children) this.adopt(row);
    this.input.addEventListener("change", () => this.add([...this.input.files]));
    form.addEventListener("paste", (event) => this.paste(event));
    this.listenForDrops();
  }

  // A row that the server wrote: a button instead of its checkbox.
  adopt(row) {
    const name = row.querySelector(".upload-name").textContent;
    row.querySelector(".upload-remove").replaceWith(this.remover(row, name));
  }

  remover(row, name, made = this.template()) {
    const button = made.querySelector(".upload-drop");
    button.setAttribute("aria-label", fill(button.getAttribute("aria-label"), name));
    button.addEventListener("click", () => this.remove(row, name));
    return button;
  }

  template() {
    return this.box.querySelector("[data-row]").content.firstElementChild.cloneNode(true);
  }

  listenForDrops() {
    const holds = (event) => event.dataTransfer?.types.includes("Files");
    const mark = (on) => this.form.classList.toggle("dropping", on);
    this.form.addEventListener("dragover", (event) => holds(event) && mark(true));
    this.form.addEventListener("dragleave", (event) => {
      if (!this.form.contains(event.relatedTarget)) mark(false);
    });
    this.form.addEventListener("drop", (event) => {
      mark(false);
      if (holds(event)) this.add([...event.dataTransfer.files]);
    });
    // A file dropped beside the form would replace the page and everything typed.
    for (const name of ["dragover", "drop"]) {
      window.addEventListener(name, (event) => holds(event) && event.preventDefault());
    }
  }

  paste(event) {
    const { files, types } = event.clipboardData;
    if (!files.length || types.includes("text/plain")) return;
    event.preventDefault();
    this.add([...files]);
  }

  add(files) {
    this.input.value = "";
    for (const file of files) {
      const row = this.show(file);
      const wrong = this.refusal(file);
      if (wrong) this.fail(row, fill(wrong, file.name));
      else this.send(row, file);
    }
  }

  refusal(file) {
    if (this.list.children.length > Number(this.words.mostFiles)) return this.words.many;
    if (!file.size) return this.words.empty;
    return file.size > Number(this.words.mostBytes) ? this.words.large : "";
  }

  show(file) {
    const row = this.template();
    row.querySelector(".upload-name").textContent = file.name;
    row.querySelector(".upload-size").textContent = size(file.size, this.words.sizes);
    row.querySelector("progress").ariaLabel += ` ${file.name}`;
    this.remover(row, file.name, row);
    row.querySelector(".upload-again").addEventListener("click", () => this.send(row, file));
    this.list.append(row);
    return row;
  }

  send(row, file, again = false) {
    const bar = row.querySelector("progress");
    const request = new XMLHttpRequest();
    const done = (trouble) => {
      this.waiting.delete(row);
      bar.hidden = true;
      if (trouble) this.fail(row, trouble, request.status !== 422);
      this.changed();
    };
    const failed = () => {
      const why = request.readyState === 4 ? trouble(this.form, request.status) : "";
      done([fill(this.words.failed, file.name), why].filter(Boolean).join(". "));
    };
    bar.hidden = false;
    row.classList.remove("failed");
    row.querySelector(".upload-trouble").hidden = true;
    row.querySelector(".upload-again").hidden = true;
    row.request = request;
    this.waiting.add(row);
    request.open("POST", this.form.dataset.uploads);
    for (const [name, value] of Object.entries(api(this.form))) {
      request.setRequestHeader(name, value);
    }
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => { bar.value = (100 * loaded) / total; };
    request.onerror = failed;
    request.ontimeout = failed;
    request.onload = () => {
      const answer = request.response;
      // If no time to come back is given, it is about this file, in words for people.
      const told = request.status === 503 && !request.getResponseHeader("Retry-After");
      if (request.status === 422 || told) return done(answer?.error ?? fill(this.words.failed, file.name));
      if (request.status === 403 && !again) {
        return renewed(this.form).then((fine) => (fine && row.isConnected ? this.send(row, file, true) : failed()));
      }
      if (request.status !== 200 || !answer?.id) return failed();
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "upload", value: answer.id });
      row.prepend(field);
      this.say(fill(this.words.added, file.name));
      return done();
    };
    const body = new FormData();
    body.append("files", file);
    request.send(body);
  }

  fail(row, words, again = false) {
    const line = row.querySelector(".upload-trouble");
    line.textContent = words;
    line.hidden = false;
    row.querySelector("progress").hidden = true;
    row.querySelector(".upload-again").hidden = !again;
    row.classList.add("failed");
    this.say(words);
  }

  remove(row, name) {
    const next = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector(".upload-drop");
    row.request?.abort();
    this.waiting.delete(row);
    row.remove();
    (next ?? this.input).focus();
    this.say(fill(this.words.removed, name));
    this.changed();
  }

  get failed() {
    return this.list.querySelector(".failed");
  }

  say(words) {
    say(this.form, words);
  }
}

class Draft {
  constructor(form, state) {
    Object.assign(this, { form, state });
    if (!form.dataset.draft) return; // It is kept nowhere.
    form.addEventListener("input", () => this.soon());
    window.addEventListener("pagehide", () => this.timer && this.save(true));
    window.addEventListener("beforeunload", (event) => {
      // Leaving a page that is not kept asks first, unless the page is somebody else's.
      const { fields } = this.content();
      const typed = fields.text || fields.subject;
      if (this.refused && typed && !document.documentElement.hidden) event.preventDefault();
    });
    setInterval(() => this.content().uploads.length && this.save(), ALIVE_MS);
  }

  soon() {
    if (!this.form.dataset.draft) return;
    this.unsaved = true;
    clearTimeout(this.timer);
    this.state.textContent = "";
    this.state.classList.remove("wrong");
    this.timer = setTimeout(() => this.save(), SAVE_MS);
  }

  stop() {
    this.refused = false;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sending?.abort();
  }

  async save(keepalive = false) {
    const answer = await this.put(keepalive);
    if (!answer) return undefined;
    const { status } = answer;
    if (status === 204) return this.tell(this.form.dataset.saved);
    if (status === 413) return this.tell(this.form.dataset.unsaved, true);
    if (!away(answer)) return this.tell(trouble(this.form, status), true);
    this.again();
    return this.tell(this.form.dataset.unkept, true);
  }

  again() {
    this.timer ??= setTimeout(() => this.save(), RETRY_MS);
  }

  // Returns the answer: with status 0 without a connection, none if it was stopped.
  async put(keepalive = false, again = false) {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sending?.abort();
    const sending = new AbortController();
    this.sending = sending;
    const body = JSON.stringify(this.content());
    const headers = { ...api(this.form), "Content-Type": "application/json" };
    try {
      const options = { method: "POST", headers, body, signal: sending.signal, keepalive };
      const answer = await fetch(this.form.dataset.draft, options);
      const { status } = answer;
      if (status === 403 && !again && (await renewed(this.form))) return this.put(keepalive, true);
      if (status === 204 && !this.timer) this.unsaved = false;
      this.refused = status !== 204;
      return answer;
    } catch {
      if (sending.signal.aborted) return undefined;
      this.refused = true;
      return { status: 0 };
    }
  }

  // Saves what is not saved yet before the form leaves the page. Returns what is wrong
  // if no server is there to accept the form; a slow line is not a fault.
  async secure() {
    const late = setTimeout(() => this.sending.abort(), SURE_MS);
    const answer = await this.put();
    clearTimeout(late);
    return answer && away(answer) ? trouble(this.form, answer.status) : "";
  }

  // That a draft is saved, again and again, is heard only after it was not.
  tell(words, wrong = false) {
    if (wrong || this.wasWrong) say(this.form, words);
    this.wasWrong = wrong;
    this.state.textContent = words;
    this.state.classList.toggle("wrong", wrong);
  }

  content() {
    const typed = new FormData(this.form);
    const uploads = typed.getAll("upload");
    for (const name of ["csrf_token", "owner", "form_id", "upload", "remove", "files"]) typed.delete(name);
    return { fields: Object.fromEntries(typed), uploads };
  }
}

function count(line) {
  const field = line.closest(".row").querySelector("input, textarea");
  const most = Number(line.dataset.count);
  const tell = () => {
    const left = most - [...field.value.trim()].length;
    const words = left < 0 ? line.dataset.over : line.dataset.left;
    line.hidden = left > most * (1 - NEAR);
    line.textContent = words.replace("{number}", Math.abs(left).toLocaleString(document.documentElement.lang));
    if (left < 0 && !line.classList.contains("over")) say(field.form, line.textContent);
    line.classList.toggle("over", left < 0);
  };
  field.addEventListener("input", tell);
  tell();
}

function compose(form) {
  const button = form.querySelector("[data-send]");
  const state = form.querySelector("[data-state]");
  const draft = new Draft(form, state);
  const files = new Files(form, form.querySelector("[data-files]"), () => {
    draft.soon();
    if (wanted && !files.waiting.size) form.requestSubmit(button);
  });
  let wanted = false; // Sent, but for the files that are still on their way.
  let sent = false;
  let sure = false; // Nothing of it is lost if the form does not arrive.
  let timer;

  const ready = () => {
    clearTimeout(timer);
    sent = sure = wanted = false;
    button.removeAttribute("aria-disabled");
    state.textContent = "";
    state.classList.remove("wrong");
  };
  const leave = async () => {
    const wrong = await draft.secure();
    if (!sent) return; // It took too long.
    if (wrong) {
      ready();
      draft.again();
      draft.tell(`${wrong}. ${form.dataset.still}`, true);
    } else {
      sure = true;
      form.requestSubmit(button);
    }
  };
  form.addEventListener("submit", (event) => {
    if (sent && !sure) return event.preventDefault();
    if (files.failed) {
      event.preventDefault();
      ready();
      state.textContent = files.words.unsolved;
      state.classList.add("wrong");
      files.say(files.words.unsolved);
      return files.failed.querySelector(".upload-drop").focus();
    }
    button.setAttribute("aria-disabled", "true");
    if (files.waiting.size) {
      event.preventDefault();
      wanted = true;
      state.textContent = form.dataset.waiting;
      say(form, form.dataset.waiting);
      return undefined;
    }
    state.textContent = form.dataset.sending;
    state.classList.remove("wrong");
    if (!sent) timer = setTimeout(ready, PATIENCE_MS);
    sent = true;
    if (draft.unsaved && !sure) {
      event.preventDefault();
      return leave();
    }
    sure = false;
    draft.stop();
    return undefined;
  });
  window.addEventListener("pageshow", ready);
  document.addEventListener("visibilitychange", () => leaveToOthers(form, draft));
  form.querySelector("textarea[aria-keyshortcuts]")?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(button);
  });
  for (const line of form.querySelectorAll("[data-count]")) count(line);
}

// Somebody else may have signed in while nobody looked: this page is not theirs.
async function leaveToOthers(form, draft) {
  const { owner } = form.elements;
  if (document.hidden || !owner) return;
  const home = form.dataset.draft.replace(/drafts\/\w+$/, "");
  try {
    const { status, headers } = await fetch(`${home}status.json`, { cache: "no-store" });
    const now = headers.get("X-Ticket24-Owner");
    if (now && now !== owner.value) {
      document.documentElement.hidden = true;
      return location.replace(home);
    }
    if (status === 401) return draft.tell(trouble(form, status), true);
    if (now && draft.state.classList.contains("wrong")) draft.soon();
  } catch {
    // Away for a moment.
  }
  return undefined;
}

// The page of a ticket on its way turns into the ticket.
function follow(received) {
  const line = received.querySelector("[data-trouble]");
  let pause = 1000;
  let missed = 0;
  const look = async () => {
    let words = line?.dataset.lost;
    missed += 1;
    try {
      const response = await fetch(location.href, { cache: "no-store", redirect: "manual" });
      if (response.status === 429 || response.status >= 500) words = line?.dataset.busy;
      if (response.status === 404) return location.reload(); // It is somebody else's.
      const text = response.ok ? await response.text() : "";
      const now = new DOMParser().parseFromString(text, "text/html").querySelector("[data-received]");
      if (now?.dataset.received !== received.dataset.received) {
        if (response.type === "opaqueredirect" || now) return location.reload();
      } else {
        missed = 0;
      }
    } catch {
      // Away for a moment.
    }
    if (missed === 1) pause = 1000;
    if (line) {
      line.hidden = missed < 2;
      line.textContent = line.hidden ? "" : words;
    }
    pause = Math.min(pause * 1.3, 10000);
    return setTimeout(look, document.hidden ? 6 * pause : pause);
  };
  setTimeout(look, pause);
}

for (const form of document.querySelectorAll("[data-compose]")) compose(form);
for (const received of document.querySelectorAll("[data-received]")) follow(received);
