// Rows that are added, moved and removed: departments, whose rights are said at once,
// rules, and fields.

import { name } from "./settings_finder.js";
import { asked, fill, form, say } from "./settings_kit.js";
import { enhance } from "./settings_numbered.js";
import { States } from "./settings_states.js";

export class Rows {
  constructor(panel) {
    Object.assign(this, { panel, words: panel.dataset, list: panel.querySelector("[data-list]") });
    this.template = panel.querySelector("[data-new-row]");
    this.undo = panel.querySelector("[data-undo]");
    for (const row of this.rows) this.adopt(row);
    panel.querySelector("[data-do=add]").addEventListener("click", (event) => this.add(event));
    this.undo.querySelector("button").addEventListener("click", () => this.restore());
    this.tidy();
  }

  get rows() {
    return [...this.list.querySelectorAll(":scope > [data-row]")];
  }

  adopt(row) {
    enhance(row);
    for (const button of row.querySelectorAll("[data-do]")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        if (button.getAttribute("aria-disabled") !== "true") this[button.dataset.do](row, button);
      });
    }
  }

  add(event) {
    event.preventDefault();
    const keys = [...this.panel.querySelectorAll("[data-key]")].map((row) => Number(row.dataset.key) || 0);
    this.next = Math.max(this.next ?? 0, 0, ...keys.map((key) => key + 1));
    const row = this.template.content.firstElementChild.cloneNode(true);
    for (const element of [row, ...row.querySelectorAll("*")]) {
      for (const attribute of element.attributes) {
        attribute.value = attribute.value.replace(/((?:departments|rules|fields)[.-]|:|^)NEW\b/, `$1${this.next}`);
      }
    }
    this.next += 1;
    this.list.append(row);
    this.adopt(row);
    this.tidy();
    row.querySelector("input:not([type=hidden])").focus();
    row.scrollIntoView({ block: "nearest" });
  }

  title(row) {
    return row.querySelector("[data-title]").textContent;
  }

  up(row, button) {
    this.rows[this.rows.indexOf(row) - 1]?.before(row);
    this.moved(row, button);
  }

  down(row, button) {
    this.rows[this.rows.indexOf(row) + 1]?.after(row);
    this.moved(row, button);
  }

  moved(row, button) {
    this.tidy();
    button.focus();
    row.scrollIntoView({ block: "nearest" });
    const { rows } = this;
    say(fill(this.words.moved, { name: this.title(row), place: rows.indexOf(row) + 1, count: rows.length }));
  }

  remove(row) {
    this.removed = row;
    row.replaceWith(this.undo);
    const words = fill(this.words.removed, { name: this.title(row) });
    this.undo.querySelector("[data-words]").textContent = words;
    this.undo.hidden = false;
    this.undo.querySelector("button").focus();
    this.tidy();
    say(words);
  }

  restore() {
    this.undo.before(this.removed);
    this.undo.hidden = true;
    this.tidy();
    this.removed.querySelector("input:not([type=hidden]), button").focus();
  }

  tidy() {
    const { rows } = this;
    this.panel.querySelector("[data-empty]").hidden = rows.length > 0;
    for (const [place, row] of rows.entries()) {
      row.querySelector("[data-do=up]").setAttribute("aria-disabled", String(place === 0));
      row.querySelector("[data-do=down]").setAttribute("aria-disabled", String(place === rows.length - 1));
    }
    form.dispatchEvent(new Event("change"));
  }
}

export class Rules extends Rows {
  adopt(row) {
    super.adopt(row);
    const typed = row.querySelector("[data-name]");
    typed.addEventListener("input", () => {
      const title = typed.value.trim() || this.words.new;
      for (const word of row.querySelectorAll("[data-title], [data-of]")) word.textContent = title;
    });
    const when = row.querySelector("select[name$='.when']");
    const wait = () => { row.querySelector("[data-hours]").hidden = !["silent", "unanswered"].includes(when.value); };
    when.addEventListener("change", wait);
    wait();
  }
}

export class Fields extends Rows {
  adopt(row) {
    super.adopt(row);
    const labels = [...row.querySelectorAll("[name*='.label.']")];
    const entitle = () => {
      const title = labels.map((one) => one.value.trim()).find(Boolean) || this.words.new;
      for (const word of row.querySelectorAll("[data-title], [data-of]")) word.textContent = title;
    };
    for (const label of labels) label.addEventListener("input", entitle);
    const kind = row.querySelector("[data-kind]");
    const options = () => {
      row.querySelector("[data-options]").hidden = !["choice", "several"].includes(kind.value);
    };
    kind.addEventListener("change", options);
    options();
  }
}

export class Departments extends Rows {
  adopt(row) {
    super.adopt(row);
    new States(row.querySelector("[data-states]"));
    const group = row.querySelector("[data-find=workgroups]");
    row.querySelector("[data-name]").addEventListener("input", () => this.entitle(row));
    group.addEventListener("change", () => {
      this.entitle(row);
      this.check(row, group.value);
      this.board(row, group.value);
    });
  }

  entitle(row) {
    const group = row.querySelector("[data-find=workgroups]");
    const chosen = group.value ? name(group.selectedOptions[0]) : "";
    const title = row.querySelector("[data-name]").value.trim() || chosen;
    row.querySelector("[data-title]").textContent = title || this.words.new;
    for (const word of row.querySelectorAll("[data-of]")) word.textContent = title;
  }

  async check(row, group) {
    const line = row.querySelector("[data-rights]");
    line.className = "rights";
    line.textContent = group && this.words.checking;
    if (!group) return;
    let found;
    try {
      found = await asked("rights", { group_id: group });
    } catch {
      found = { ok: undefined, words: this.words.unchecked };
    }
    if (row.querySelector("[data-find=workgroups]").value !== group) return;
    line.className = `rights ${found.ok === undefined ? "" : found.ok ? "good" : "bad"}`;
    line.textContent = found.words;
    say(found.words);
  }

  // The stages of another workgroup's board; what was chosen of the old one is not there.
  async board(row, group) {
    let stages;
    try {
      stages = group ? await asked("stages", { group_id: group }) : [];
    } catch {
      return; // Saving says what is wrong.
    }
    if (row.querySelector("[data-find=workgroups]").value !== group) return;
    for (const select of row.querySelectorAll("[data-stage]")) {
      const chosen = select.value;
      const options = stages.map(({ id, name: title }) => new Option(title || `#${id}`, id));
      select.replaceChildren(select.options[0], ...options);
      if (options.some((one) => one.value === chosen)) select.value = chosen;
    }
    for (const part of row.querySelectorAll("[data-stages]")) {
      const select = part.closest("select");
      const chosen = select.value;
      part.replaceChildren(...stages.map(({ id, name: title }) => new Option(title || `#${id}`, id)));
      select.value = chosen;
      if (select.value !== chosen) select.value = "";
    }
  }
}
