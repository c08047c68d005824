// Replies on their way: shown at once, and kept in the page and its tab until our server
// says that it has them. Under its key each is one message there, however often it is sent.

import { old, pause, post, say, shelf, size, trouble } from "./compose_kit.js";

export class Outgoing {
  // `taken` is told when one of them has arrived, `edit` when it is to be written anew.
  constructor(form, list, { taken, edit }) {
    Object.assign(this, { form, list, taken, edit, words: list.dataset });
    this.name = shelf.name(form, "outgoing");
    this.talk = document.getElementById("talk");
    this.row = list.querySelector("template").content.firstElementChild;
    this.messages = [];
    this.failures = 0;
    for (const message of shelf.get(this.name) ?? []) this.show(message);
    const now = () => document.hidden || this.work();
    window.addEventListener("online", now);
    document.addEventListener("visibilitychange", now);
    window.addEventListener("pageshow", now);
    window.addEventListener("beforeunload", (event) => {
      const left = this.messages.some((one) => !one.there && (one.failed || one.refused));
      if (left && !document.documentElement.hidden) event.preventDefault();
    });
    // What the conversation shows is not shown twice, not even until the next frame.
    const renewed = new MutationObserver(() => this.messages.forEach((one) => this.find(one)));
    renewed.observe(this.talk, { childList: true });
    document.addEventListener("ticket24:renewed", ({ detail: asked }) =>
      this.drop((one) => one.arrived && one.arrived < asked));
  }

  add(message) {
    this.show(message);
    this.keep();
    message.item.scrollIntoView({ block: "nearest" });
    say(this.form, this.words.sending);
    this.work();
  }

  show(message) {
    const item = this.row.cloneNode(true);
    const part = (name) => item.querySelector(`[data-${name}]`);
    part("text").textContent = message.fields.text;
    part("text").hidden = !message.fields.text;
    part("again").addEventListener("click", () => this.press(message));
    part("edit").addEventListener("click", () => this.take(message));
    Object.assign(message, { item, arrived: 0 });
    if (old(message.at)) message.failed = trouble(this.form, 0);
    this.messages.push(message);
    this.list.append(item);
    this.tell(message);
    this.attach(message);
    this.find(message);
  }

  // The conversation may show it before our server's answer is here.
  find(message) {
    const place = this.talk.querySelector(`[data-form="${CSS.escape(message.form_id)}"]`);
    message.there ||= Boolean(place);
    if (message.there) message.item.remove();
  }

  attach(message) {
    const files = message.item.querySelector("[data-files]");
    files.hidden = !message.uploads.length;
    for (const line of files.querySelectorAll("li")) line.remove();
    for (const file of message.uploads) {
      const line = files.querySelector("template").content.firstElementChild.cloneNode(true);
      line.querySelector("span").textContent = file.name;
      line.querySelector("small").textContent = file.said ?? size(file.size, this.words.sizes);
      files.append(line);
    }
  }

  // What a message says about itself: that it is being sent, or why not.
  tell(message) {
    const { item, failed, refused, asked } = message;
    const part = (name) => item.querySelector(`[data-${name}]`);
    const words = refused || failed;
    item.classList.toggle("unsent", Boolean(words));
    part("progress").textContent = words ? this.words.unsent : this.words.sending;
    part("why").hidden = !words;
    part("words").textContent = words && !/[.!?]$/.test(words) ? `${words}.` : words ?? "";
    part("sign-in").hidden = message.status !== 401 || !words;
    part("again").textContent = asked ? this.words.twice : this.words.again;
    part("edit").textContent = asked ? this.words.never : this.words.edit;
  }

  // What is tried again by itself needs other words than what is not.
  trouble(status) {
    const words = trouble(this.form, status);
    if (status === 401) return this.words.ended;
    return words === this.form.dataset.t0 ? this.words.lost : words;
  }

  keep() {
    const left = this.messages.filter((one) => !one.arrived);
    const plain = left.map(({ form_id, fields, uploads, at }) => ({ form_id, fields, uploads, at }));
    shelf.put(this.name, plain.length && plain);
  }

  drop(which) {
    for (const one of this.messages.filter(which)) one.item.remove();
    this.messages = this.messages.filter((one) => !which(one));
    this.keep();
  }

  // A person wants it sent now, or a second time.
  press(message) {
    if (message.asked) message.fields.again = "1";
    Object.assign(message, { failed: "", refused: "", asked: false, at: Date.now() });
    this.tell(message);
    say(this.form, this.words.sending);
    this.form.elements.text.focus();
    this.work();
  }

  // A person wants to write it anew, or not to say it twice.
  take(message) {
    this.drop((one) => one === message);
    if (!message.asked) this.edit(message);
    this.form.elements.text.focus();
  }

  // Sends them one after the other: nobody reads answers before questions.
  async work() {
    clearTimeout(this.timer);
    if (this.working) return;
    this.working = true;
    const ready = (one) => !(one.arrived || one.refused || old(one.at));
    for (let next = this.messages.find(ready); next; next = this.messages.find(ready)) {
      if (!(await this.send(next))) break;
    }
    this.working = false;
  }

  // Returns whether the next one may be sent.
  async send(message) {
    const body = new FormData();
    body.append("form_id", message.form_id);
    for (const [name, value] of Object.entries(message.fields)) body.append(name, value);
    for (const { id } of message.uploads) body.append("upload", id);
    const { status, json, wait, told } = await post(this.form, body);
    if (!this.messages.includes(message)) return true; // Taken back meanwhile.
    if (status === 200 && told?.taken) return this.arrive(message, told.taken);
    if (message.there) return this.arrive(message, "");
    message.status = status;
    message.asked = told?.asked;
    // Our own words about it. Time alone changes nothing of the others.
    const why = json || [413, 429].includes(status) || status >= 500 ? status : 0;
    const words = told?.faults?.map(([, fault]) => fault).join(". ") || this.trouble(why);
    const final = (told?.faults && !wait) || status === 413 || (json && [400, 403, 404].includes(status));
    const before = message.failed;
    Object.assign(message, final ? { refused: words, failed: "" } : { failed: words });
    if (told?.uploads) {
      // Files that waited for too long are gone: nobody can send them again.
      message.uploads = message.uploads.filter(({ id }) => told.uploads.includes(id));
      this.attach(message);
      this.keep();
    }
    this.tell(message);
    if (words !== before) say(this.form, `${this.words.unsent}. ${words}`);
    if (final) return true;
    this.timer = setTimeout(() => this.work(), pause(this.failures, wait));
    this.failures += 1;
    return false;
  }

  arrive(message, place) {
    this.failures = 0;
    Object.assign(message, { arrived: performance.now(), failed: "", refused: "" });
    this.tell(message);
    this.keep();
    if (place.startsWith("/")) {
      // It became a ticket of its own.
      this.drop((one) => one === message);
      location.assign(place);
      return true;
    }
    if (message.there) this.drop((one) => one === message);
    else document.dispatchEvent(new Event("ticket24:look"));
    say(this.form, this.words.taken);
    this.taken(message);
    return true;
  }
}
