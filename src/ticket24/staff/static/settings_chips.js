// A list of words as chips: typed, ordered and removed by keyboard, mouse and touch.
// They are written into a text field, one word in each line.

import { fill, form, make, say, sign, told } from "./settings_kit.js";

export class Chips {
  constructor(row) {
    Object.assign(this, { row, words: row.dataset, most: Number(row.dataset.most) });
    this.area = row.querySelector("textarea");
    const name = this.area.name;
    this.list = make("ul", { className: "chips", role: "list", "aria-label": row.dataset.name });
    this.keys = make("p", { className: "unseen", id: `${name}-keys`, textContent: row.dataset.keys });
    this.trouble = make("p", { className: "error", hidden: true, role: "alert" });
    this.input = make("input", { id: name, autocomplete: "off", spellcheck: false, dir: "auto", placeholder: row.dataset.enter, enterKeyHint: "done" });
    for (const attribute of ["aria-describedby", "aria-invalid"]) {
      if (this.area.hasAttribute(attribute)) this.input.setAttribute(attribute, this.area.getAttribute(attribute));
    }
    this.area.removeAttribute("id");
    this.area.hidden = true;
    this.box = make("div", { className: "chips-box" }, this.list, this.input);
    this.area.before(this.trouble, this.box, this.keys);
    for (const word of this.area.value.split("\n")) if (word.trim()) this.list.append(this.chip(word.trim()));
    this.rove();
    this.listen();
  }

  get items() {
    return [...this.list.children];
  }

  listen() {
    this.box.addEventListener("mousedown", (event) => {
      if (event.target === this.box || event.target === this.list) {
        event.preventDefault();
        this.input.focus();
      }
    });
    this.input.addEventListener("keydown", (event) => this.typed(event));
    this.input.addEventListener("input", () => {
      this.trouble.hidden = true;
      if (this.input.value.includes(",")) this.take();
    });
    this.input.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (!/[\n,;]/.test(text)) return;
      event.preventDefault();
      this.take(this.input.value + text);
    });
    // A person who types a tag and goes on without Enter means it too.
    this.input.addEventListener("blur", () => this.take());
    this.list.addEventListener("keydown", (event) => this.moved(event));
    this.list.addEventListener("dragover", (event) => this.dragged(event));
    this.list.addEventListener("drop", (event) => event.preventDefault());
    // A word that is refused here is still sent: the answer says what is wrong with it.
    form.addEventListener("submit", () => {
      this.take();
      const typed = this.items.map((item) => item.dataset.word);
      this.area.value = [...typed, this.input.value].filter(Boolean).join("\n");
    });
  }

  typed(event) {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.take();
    } else if (["Backspace", "ArrowLeft"].includes(event.key) && this.items.length && this.input.selectionEnd === 0) {
      event.preventDefault();
      this.focus(this.items.at(-1));
    }
  }

  take(text = this.input.value) {
    const left = [];
    for (const raw of text.split(/[\n,;]/)) {
      const word = raw.trim().replace(/\s+/g, " ");
      if (word && !this.add(word)) left.push(word);
    }
    this.input.value = left.join(", ").replaceAll(",", "");
  }

  add(word) {
    if ([...word].length > this.most) return this.wrong(this.words.long, word);
    if (this.items.some((item) => item.dataset.word.toLowerCase() === word.toLowerCase())) return this.wrong(this.words.twice, word);
    this.list.append(this.chip(word));
    this.keep(fill(this.words.added, { name: word }));
    return true;
  }

  wrong(words, name) {
    this.trouble.textContent = fill(words, { name });
    this.trouble.hidden = false;
    return false;
  }

  chip(word) {
    const item = make("li", { className: "chip", draggable: true });
    item.dataset.word = word;
    const button = (className, words, path, act) => {
      const made = make("button", { type: "button", className, tabIndex: -1, "aria-label": fill(words, { name: word }) }, sign(path));
      // The focus stays: without it a chip shrinks, and the target of the click moves.
      made.addEventListener("mousedown", (event) => event.preventDefault());
      made.addEventListener("click", act);
      return made;
    };
    const name = make("button", { type: "button", className: "chip-word", dir: "auto", textContent: word, tabIndex: -1, "aria-describedby": this.keys.id });
    name.addEventListener("click", () => this.focus(item)); // Safari does not by itself.
    item.append(
      button("chip-move", this.words.before, "M10 3.5L5.5 8l4.5 4.5", () => this.shift(item, -1)),
      name,
      button("chip-move", this.words.after, "M6 3.5L10.5 8 6 12.5", () => this.shift(item, 1)),
      button("chip-drop", this.words.remove, "M4.5 4.5l7 7m0-7l-7 7", () => this.remove(item)),
    );
    item.addEventListener("dragstart", (event) => {
      this.held = item;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", word);
    });
    item.addEventListener("dragend", () => {
      this.held = undefined;
      this.keep();
    });
    return item;
  }

  dragged(event) {
    if (!this.held) return;
    event.preventDefault();
    const over = event.target.closest(".chip");
    if (!over || over === this.held) return;
    const { left, width } = over.getBoundingClientRect();
    over[event.clientX < left + width / 2 ? "before" : "after"](this.held);
  }

  moved(event) {
    const item = event.target.closest(".chip");
    if (!item || !event.target.matches(".chip-word")) return;
    const items = this.items;
    const place = items.indexOf(item);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.shiftKey && step) this.shift(item, step);
    else if (step && place + step === items.length) this.input.focus();
    else if (step) this.focus(items[Math.max(0, place + step)]);
    else if (event.key === "Home") this.focus(items[0]);
    else if (event.key === "End") this.focus(items.at(-1));
    else if (["Delete", "Backspace"].includes(event.key)) this.remove(item);
    else return;
    event.preventDefault();
  }

  focus(item) {
    item.querySelector(".chip-word").focus();
    this.rove(item);
  }

  // One chip is reached by the Tab key; arrow keys lead to the others.
  rove(chosen = this.items[0]) {
    for (const item of this.items) item.querySelector(".chip-word").tabIndex = item === chosen ? 0 : -1;
  }

  shift(item, step) {
    const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (other) other[step < 0 ? "before" : "after"](item);
    this.focus(item);
    const items = this.items;
    this.keep(fill(this.words.moved, { name: item.dataset.word, place: items.indexOf(item) + 1, count: items.length }));
  }

  remove(item) {
    const next = item.nextElementSibling ?? item.previousElementSibling;
    const left = item.contains(document.activeElement);
    item.remove();
    if (left && next) this.focus(next);
    else if (left) this.input.focus();
    this.keep(fill(this.words.removed, { name: item.dataset.word }));
  }

  keep(words = "") {
    this.area.value = this.items.map((item) => item.dataset.word).join("\n");
    this.rove(this.items.find((item) => item.contains(document.activeElement)));
    if (words) say(words);
    told(this.area);
  }
}
