// The files of a form: sent while people type, shown with how far they are, taken back.

import { api, fill, renewed, say, size, trouble } from "./compose_kit.js";

export class Files {
  constructor(form, box, { changed, moved, removed }) {
    Object.assign(this, { form, box, changed, moved, removed, words: box.dataset });
    this.list = box.querySelector("[data-list]");
    this.input = box.querySelector("input[type=file]");
    this.waiting = new Set();
    form.querySelector("[data-script]").hidden = false;
    for (const one of box.querySelectorAll("[data-plain]")) one.classList.add("unseen");
    box.classList.add("scripted");
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
    // A file dropped beside the form would replace the page and what was typed.
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
    for (const one of files) {
      const file = one.name[255] ? new File([one], one.name.slice(-99)) : one;
      const row = this.show(file);
      const wrong = this.refusal(file);
      row.querySelector(".upload-again").addEventListener("click", () => this.send(row, file));
      if (wrong) this.fail(row, fill(wrong, file.name));
      else this.send(row, file);
    }
  }

  refusal(file) {
    if (this.list.children.length > Number(this.words.mostFiles)) return this.words.many;
    if (!file.size) return this.words.empty;
    return file.size > Number(this.words.mostBytes) ? this.words.large : "";
  }

  show({ name, size: bytes, said }) {
    const row = this.template();
    row.querySelector(".upload-name").textContent = name;
    row.querySelector(".upload-size").textContent = said ?? size(bytes, this.words.sizes);
    row.querySelector("progress").ariaLabel += ` ${name}`;
    this.remover(row, name, row);
    this.list.append(row);
    return row;
  }

  // A file that we have already.
  have(file) {
    const row = this.show(file);
    row.querySelector("progress").hidden = true;
    this.mark(row, file);
  }

  mark(row, file) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "upload", value: file.id });
    row.prepend(field);
    row.file = file;
  }

  // The files that have arrived, as they are sent along.
  get here() {
    return [...this.list.children].flatMap((row) => {
      const id = row.querySelector("[name=upload]")?.value;
      const told = (part) => row.querySelector(`.upload-${part}`).textContent;
      return id ? [row.file ?? { id, name: told("name"), said: told("size") }] : [];
    });
  }

  // How much of all that is under way has been sent.
  get percent() {
    const rows = [...this.waiting];
    const [sent, all] = ["sent", "bytes"].map((part) => rows.reduce((sum, row) => sum + row[part], 0));
    return Math.floor((100 * sent) / all) || 0;
  }

  clear() {
    this.list.replaceChildren();
  }

  send(row, file, again = false) {
    const bar = row.querySelector("progress");
    const told = row.querySelector(".upload-size");
    const bytes = size(file.size, this.words.sizes);
    const request = new XMLHttpRequest();
    const done = (trouble) => {
      this.waiting.delete(row);
      bar.hidden = true;
      told.textContent = bytes;
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
    Object.assign(row, { request, sent: 0, bytes: file.size });
    this.waiting.add(row);
    request.open("POST", this.form.dataset.uploads);
    for (const [name, value] of Object.entries(api(this.form))) {
      request.setRequestHeader(name, value);
    }
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => {
      // Sent is not received: the answer alone makes it whole.
      const percent = Math.min(99, Math.floor((100 * loaded) / total));
      bar.value = percent;
      told.textContent = `${percent} % · ${bytes}`;
      row.sent = (file.size * percent) / 100;
      this.moved();
    };
    request.onerror = failed;
    request.ontimeout = failed;
    request.onload = () => {
      const answer = request.response;
      // Without a time to come back it is about this file, in words for people.
      const ours = request.status === 503 && !request.getResponseHeader("Retry-After");
      if (request.status === 422 || ours) return done(answer?.error ?? fill(this.words.failed, file.name));
      if (request.status === 403 && !again) {
        return renewed(this.form).then((fine) => (fine && row.isConnected ? this.send(row, file, true) : failed()));
      }
      if (request.status !== 200 || !answer?.id) return failed();
      this.mark(row, { id: answer.id, name: file.name, size: file.size });
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
    if (this.waiting.delete(row)) this.removed();
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
