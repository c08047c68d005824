// A select becomes a list with search: the combobox of ARIA 1.2. So does a field for a
// number of the CRM, which then shows names.

import { asked, fill, make, say, sign, told } from "./settings_kit.js";

const SEARCH_MS = 250;

const answers = new Map(); // What was found before, by list and words.
let boxes = 0;

export class Finder {
  constructor(select) {
    Object.assign(this, { select, active: -1, options: [] });
    this.words = document.querySelector("[data-rows]").dataset;
    this.none = select.options[0].text;
    const id = select.id;
    const list = `finder-${++boxes}`;
    const label = document.querySelector(`label[for="${id}"]`) ?? select.closest(".row").querySelector("label");
    this.input = make("input", { id, role: "combobox", autocomplete: "off", spellcheck: false, dir: "auto", placeholder: this.none, "aria-controls": list, "aria-expanded": "false", "aria-autocomplete": "list" });
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (select.hasAttribute(name)) this.input.setAttribute(name, select.getAttribute(name));
    }
    this.list = make("ul", { id: list, className: "combo-list", role: "listbox", hidden: true, "aria-label": label.textContent.trim() });
    this.box = make("div", { className: "combo" }, this.input, make("span", { className: "combo-sign", "aria-hidden": "true" }, sign("M4 6l4 4 4-4")), this.list);
    select.removeAttribute("id");
    select.hidden = true;
    select.before(this.box);
    this.show();
    this.listen();
  }

  get chosen() {
    return this.select.selectedOptions[0] ?? this.select.options[0];
  }

  listen() {
    this.input.addEventListener("click", () => (this.expanded ? undefined : this.open()));
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("input", () => this.open(this.input.value.trim()));
    this.input.addEventListener("blur", () => this.leave());
    // A press on an option must not take the focus away.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(this.options[Number(option.dataset.place)]);
    });
  }

  get expanded() {
    return !this.list.hidden;
  }

  // The options in the select are known without asking; some lists have no others.
  local(find) {
    const rows = [...this.select.options].slice(1).map((option) => ({ id: option.value, name: name(option), note: option.dataset.note ?? "", gone: "gone" in option.dataset }));
    return rows.filter((row) => plain(row.name).includes(plain(find)));
  }

  open(find = "") {
    clearTimeout(this.timer);
    this.find = find;
    const key = `${this.select.dataset.find} ${find}`;
    const known = answers.get(key);
    const asks = Boolean(find && this.select.dataset.find) && !known;
    this.offer(known ?? this.local(find), asks);
    if (!asks) return;
    this.timer = setTimeout(async () => {
      try {
        const rows = await asked(this.select.dataset.find, { find });
        answers.set(key, rows);
        if (this.find === find && this.expanded) this.offer(rows, false);
      } catch {
        if (this.find === find && this.expanded) this.offer(this.local(find), false);
      }
    }, SEARCH_MS);
  }

  offer(rows, searching) {
    const nobody = this.find ? [] : [{ id: "", name: this.none, note: "" }];
    this.options = [...nobody, ...rows.map((row) => ({ ...row, id: String(row.id) }))];
    const rests = this.options.map((option, place) => {
      const row = make("li", { id: `${this.list.id}-${place}`, role: "option", "aria-selected": String(option.id === this.chosen.value) }, make("span", { dir: "auto", textContent: option.name || `#${option.id}` }));
      row.dataset.place = place;
      if (!option.id) row.classList.add("none");
      if (option.note) row.append(make("small", { dir: "auto", textContent: option.note }));
      return row;
    });
    this.list.replaceChildren(...rests);
    if (!this.options.length) {
      this.list.append(make("li", { className: "combo-note", role: "option", "aria-disabled": "true", textContent: searching ? this.words.searching : this.words.nothing }));
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    const { top, bottom } = this.input.getBoundingClientRect();
    this.box.classList.toggle("above", bottom + 280 > window.innerHeight && top > 280);
    const place = this.options.findIndex((option) => option.id === this.chosen.value);
    this.activate(this.find ? (this.options.length ? 0 : -1) : place);
    if (!searching && this.find) say(this.options.length ? fill(this.words.found, { count: this.options.length }) : this.words.nothing);
  }

  activate(place) {
    this.active = place;
    for (const row of this.list.children) row.classList.toggle("active", row.dataset.place === String(place));
    const row = this.list.querySelector(".active");
    if (row) {
      this.input.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const last = this.options.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.expanded) return this.open();
      if (event.altKey) return this.close();
      const step = event.key === "ArrowDown" ? 1 : -1;
      return this.activate(this.active + step > last ? 0 : this.active + step < 0 ? last : this.active + step);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      if (this.expanded && this.options[this.active]) this.choose(this.options[this.active]);
    } else if (event.key === "Escape" && this.expanded) {
      event.preventDefault();
      this.show();
      this.close();
    } else if (event.key === "Tab" && this.expanded && this.find && this.options[this.active]) {
      this.choose(this.options[this.active]);
    }
    return undefined;
  }

  // An empty field means nobody; half a word means what was chosen before.
  leave() {
    if (!this.input.value.trim() && this.select.value) this.choose({ id: "", name: "" });
    this.show();
    this.close();
  }

  choose(option) {
    if (![...this.select.options].some((one) => one.value === option.id)) {
      this.select.append(choice(option.id, option.name || `#${option.id}`, option.note));
    }
    const changed = this.select.value !== option.id;
    this.select.value = option.id;
    this.show();
    this.close();
    if (changed) told(this.select);
  }

  show() {
    this.input.value = this.select.value ? name(this.chosen) : "";
    this.box.classList.toggle("gone", "gone" in this.chosen.dataset);
  }
}

// Whoever types "osterr" means Österreich, as where the server searches.
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function choice(id, called, note) {
  const made = new Option(note ? `${called} (${note})` : called, id);
  if (note) made.dataset.note = note;
  return made;
}

// `data-called` and `data-gone` say what the number had when the page was made.
export function numbered(input) {
  const { search, none, called, gone } = input.dataset;
  const typed = input.value.trim();
  const select = make("select", { id: input.id, name: input.name, className: "finder", autocomplete: "off" }, new Option(none, ""));
  select.dataset.find = search;
  for (const attribute of ["aria-describedby", "aria-invalid"]) {
    if (input.hasAttribute(attribute)) select.setAttribute(attribute, input.getAttribute(attribute));
  }
  if (typed) {
    const same = typed === input.defaultValue.trim();
    select.append(choice(typed, (same && (called || gone)) || typed));
    select.value = typed;
    if (same && gone) select.selectedOptions[0].dataset.gone = "";
  }
  input.replaceWith(select);
  return new Finder(select);
}

export function name(option) {
  const { note } = option.dataset;
  return note ? option.text.slice(0, -note.length - 3) : option.text;
}
