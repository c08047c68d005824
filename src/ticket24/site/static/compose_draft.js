// What a form holds before it is sent: kept by us a moment later, and in the tab until then.

import { api, renewed, say, shelf, trouble } from "./compose_kit.js";

const SAVE_MS = 1500;
const RETRY_MS = 10000;
const ALIVE_MS = 1800000; // Files that are not sent yet wait two hours.
const OWN = ["csrf_token", "owner", "form_id", "upload", "remove", "files", "again", "rating_text", "copy_in"];
// Fields of the company's own.
export const OF_COMPANY = /^(?:field|several)\./;

// Our server is not there, or not now.
function away({ status, headers }) {
  const ours = status === 204 || headers?.get("Content-Type")?.startsWith("application/json");
  return !ours || [429, 502, 503, 504].includes(status);
}

// Neither of two versions of a text is lost; usually one continues the other.
const joined = (one, other) =>
  one.includes(other) ? one : other.includes(one) ? other : `${one}\n\n${other}`;

export class Draft {
  // `told` hears whether something of it is there to be discarded.
  constructor(form, state, told) {
    Object.assign(this, { form, state, told });
    this.held = false; // The line below the form is somebody else's.
    this.unsent = false; // The line says that the form is not sent, and stays.
    if (!form.dataset.draft) return; // It is kept nowhere.
    this.name = shelf.name(form, "draft");
    form.addEventListener("input", () => this.soon());
    window.addEventListener("pagehide", () => this.timer && this.save(true));
    window.addEventListener("online", () => this.unsaved && this.save());
    window.addEventListener("beforeunload", (event) => {
      // Leaving a page that is not kept asks first, unless the page is somebody else's.
      if (this.refused && this.typed && !document.documentElement.hidden) event.preventDefault();
    });
    setInterval(() => this.content().uploads.length && this.save(), ALIVE_MS);
  }

  get typed() {
    const { fields, uploads } = this.content();
    const own = Object.keys(fields).some((name) => OF_COMPANY.test(name) && fields[name].trim());
    return Boolean(fields.text?.trim() || fields.subject?.trim() || own || uploads.length);
  }

  // What was typed and added in this tab while nobody could be told of it.
  restore(files) {
    this.files = files;
    const left = this.name && shelf.get(this.name);
    if (left) {
      this.fill({ ...left, text: joined(this.form.elements.text.value, left.text ?? "") });
      const here = this.content().uploads;
      for (const file of left.uploads ?? []) if (!here.includes(file.id)) files.have(file);
      this.soon();
    }
    this.told?.(this.typed);
  }

  fill(fields) {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.form.elements[name];
      if (name.startsWith("several.")) {
        for (const box of this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
          box.checked = value.split("\n").includes(box.value);
        }
      } else if (field?.type === "checkbox") field.checked = Boolean(value);
      else if (field instanceof RadioNodeList && !value) for (const one of field) one.checked = !one.value;
      else if (field) field.value = value;
    }
    for (const field of this.form.querySelectorAll("input, textarea")) field.dispatchEvent(new Event("fit"));
  }

  soon() {
    if (!this.name) return;
    this.unsaved = true;
    this.told?.(this.typed);
    shelf.put(this.name, this.typed && { ...this.content().fields, uploads: this.files.here });
    clearTimeout(this.timer);
    if (!this.held) {
      this.state.textContent = "";
      this.state.classList.remove("wrong");
    }
    this.timer = setTimeout(() => this.save(), SAVE_MS);
  }

  stop() {
    this.refused = false;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sending?.abort();
  }

  // The form is empty now.
  clear() {
    this.unsaved = false;
    shelf.put(this.name);
    this.told?.(false);
    this.stop();
  }

  async save(keepalive = false) {
    const answer = await this.put(keepalive);
    if (!answer) return undefined;
    const { status } = answer;
    if (status === 204) return this.tell(this.typed ? this.form.dataset.saved : "");
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
    // Whoever chose nothing but a department has no draft.
    const body = JSON.stringify(this.typed ? this.content() : { fields: {}, uploads: [] });
    const headers = { ...api(this.form), "Content-Type": "application/json" };
    try {
      const options = { method: "POST", headers, body, signal: sending.signal, keepalive };
      const answer = await fetch(this.form.dataset.draft, options);
      const { status } = answer;
      if (status === 403 && !again && (await renewed(this.form))) return this.put(keepalive, true);
      if (status === 204 && !this.timer) {
        this.unsaved = false;
        shelf.put(this.name);
      }
      this.refused = status !== 204;
      return answer;
    } catch {
      if (sending.signal.aborted) return undefined;
      this.refused = true;
      return { status: 0 };
    }
  }

  // That a draft is saved, again and again, is heard only after it was not.
  tell(words, wrong = false) {
    if (this.held || this.unsent) return;
    if (wrong || this.wasWrong) say(this.form, words);
    this.wasWrong = wrong;
    this.state.textContent = words;
    this.state.classList.toggle("wrong", wrong);
  }

  content() {
    const typed = new FormData(this.form);
    const uploads = typed.getAll("upload");
    for (const name of OWN) typed.delete(name);
    const fields = {};
    for (const [name, value] of typed) {
      const more = name.startsWith("several.") && name in fields;
      if (typeof value === "string") fields[name] = more ? `${fields[name]}\n${value}` : value;
    }
    return { fields, uploads };
  }
}
