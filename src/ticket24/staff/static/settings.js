// Makes the settings' form more comfortable: tabs, chips, lists with search, rows that
// move. Every control writes into a plain field of the form, which works without this.

import { early, retell } from "./early.js";
import { Chips } from "./settings_chips.js";
import { asked, base, form, make, say, told } from "./settings_kit.js";
import { enhance } from "./settings_numbered.js";
import { Departments, Fields, Rules } from "./settings_rows.js";

const { api } = window.ticket24;

const COLOUR_MS = 100;
const PATIENCE_MS = 20000;
const MOST_BYTES = 5 * 2 ** 20;
const LOGO_WIDTH = 444;
const LOGO_HEIGHT = 110;

// Tabs ------------------------------------------------------------------------

class Tabs {
  constructor(nav) {
    this.tabs = [...nav.querySelectorAll("[data-tab]")].map((link) => this.tab(link));
    const list = make("div", { className: "tabs", role: "tablist", "aria-label": nav.getAttribute("aria-label") });
    list.append(...this.tabs);
    nav.replaceWith(list);
    list.addEventListener("keydown", (event) => this.move(event));
    document.addEventListener("click", (event) => this.follow(event));
    this.open(form.dataset.open);
    // After an error, open the tab of the first one.
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target) this.reveal(target);
  }

  tab(link) {
    const panel = document.querySelector(`[data-panel="${link.dataset.tab}"]`);
    const tab = make("button", { type: "button", id: `tab-${link.dataset.tab}`, className: link.className, role: "tab", "aria-controls": panel.id });
    tab.dataset.tab = link.dataset.tab;
    tab.append(...link.childNodes);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", () => this.open(tab.dataset.tab));
    return tab;
  }

  open(name) {
    form.elements.tab.value = name;
    for (const tab of this.tabs) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
    }
  }

  move(event) {
    const place = this.tabs.indexOf(document.activeElement);
    const last = this.tabs.length - 1;
    const next = { ArrowRight: place === last ? 0 : place + 1, ArrowLeft: place ? place - 1 : last, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.open(this.tabs[next].dataset.tab);
    this.tabs[next].focus();
  }

  reveal(element) {
    const panel = element.closest("[data-panel]");
    if (panel) this.open(panel.dataset.panel);
  }

  // A link of the error summary, or of a step, leads into a tab that may be closed.
  follow(event) {
    const link = event.target.closest(":is(.errors, .ready) a[href^='#']");
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    this.reveal(target);
    const field = target.matches("input, select, textarea, button") ? target : target.querySelector("input:not([type=hidden]), select");
    (field ?? target).scrollIntoView({ block: "center" });
    (field ?? target).focus();
  }
}

// Logo and accent ---------------------------------------------------------------

function logo(row) {
  const input = row.querySelector("input[type=file]");
  const frame = row.querySelector("[data-frame]");
  const trouble = row.querySelector("[data-trouble]");
  const none = row.querySelector("input[type=checkbox]");
  const before = [...frame.childNodes];
  const show = (...nodes) => frame.replaceChildren(...nodes);

  const refuse = (words) => {
    input.value = "";
    trouble.textContent = words;
    trouble.hidden = false;
    show(...before);
  };
  const draw = async () => {
    trouble.hidden = true;
    const file = input.files[0];
    if (!file) return show(...before);
    if (file.size > MOST_BYTES) return refuse(row.dataset.large);
    try {
      const picture = await createImageBitmap(file);
      const share = Math.min(LOGO_WIDTH / picture.width, LOGO_HEIGHT / picture.height, 1);
      const canvas = make("canvas", { width: Math.max(1, Math.round(picture.width * share)), height: Math.max(1, Math.round(picture.height * share)), role: "img", "aria-label": file.name });
      const pen = canvas.getContext("2d");
      pen.imageSmoothingQuality = "high";
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      if (none) none.checked = false;
      show(canvas);
    } catch {
      refuse(row.dataset.broken);
    }
    return undefined;
  };
  input.addEventListener("change", draw);
  none?.addEventListener("change", () => frame.classList.toggle("off", none.checked));
  frame.classList.toggle("off", Boolean(none?.checked));
  row.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
  row.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    told(input);
  });
}

function accent(row) {
  const text = row.querySelector("#accent");
  const picker = row.querySelector("[data-picker]");
  const standard = row.querySelector("[data-none]");
  let timer;

  const colour = () => {
    const found = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.value.trim());
    if (!found) return "";
    const digits = found[1].length === 3 ? found[1].replace(/./g, "$&$&") : found[1];
    return `#${digits.toLowerCase()}`;
  };
  const preview = async () => {
    const wanted = colour();
    try {
      const looks = await asked("accent", { colour: wanted });
      if (wanted !== colour()) return;
      for (const picture of row.querySelectorAll("[data-look]")) {
        const look = looks[picture.dataset.look];
        for (const part of picture.querySelectorAll("[data-fill]")) part.setAttribute("fill", look[part.dataset.fill]);
        for (const part of picture.querySelectorAll("[data-stroke]")) part.setAttribute("stroke", look[part.dataset.stroke]);
      }
      row.querySelector("[data-words]").textContent = looks.words;
    } catch {
      // The picture stays as it was; saving says what is wrong.
    }
  };
  const changed = () => {
    standard.hidden = !text.value.trim();
    picker.value = colour() || row.dataset.default;
    if (text.value.trim() && !colour()) return;
    clearTimeout(timer);
    timer = setTimeout(preview, COLOUR_MS);
  };
  text.addEventListener("input", changed);
  picker.addEventListener("input", () => {
    text.value = picker.value;
    changed();
  });
  standard.addEventListener("click", () => {
    text.value = "";
    changed();
    text.focus();
    told(text);
  });
  picker.hidden = false;
  standard.hidden = !text.value.trim();
  picker.value = colour() || row.dataset.default;
}

// The rest ----------------------------------------------------------------------

function copying(button) {
  const field = document.getElementById(button.dataset.copy);
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    // Frames of other sites may use the older way only.
    if (!document.execCommand("copy")) await navigator.clipboard.writeText(field.value).catch(() => {});
    button.textContent = button.dataset.copied;
    document.querySelector("[data-copy-say]").textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = words; }, 2000);
  });
}

// Parts that only some choices need.
function only(box) {
  const show = () => { box.hidden = new FormData(form).get("shown_messages") !== box.dataset.only; };
  form.addEventListener("change", show);
  show();
}

function saving() {
  const state = form.querySelector("[data-state]");
  const buttons = document.querySelectorAll("[data-save]");
  const typed = () => {
    const fields = [...new FormData(form)].filter(([key]) => !["csrf_token", "seen", "tab"].includes(key));
    return JSON.stringify(fields.map(([key, value]) => [key, value.name ?? value]));
  };
  const first = typed();
  let sent = false;
  let checked = false;
  let timer;
  const unsaved = () => "unsaved" in form.dataset || typed() !== first;
  const look = () => {
    if (sent) return;
    const now = unsaved();
    state.textContent = now ? form.dataset.wordsUnsaved : form.dataset.wordsSaved;
    state.classList.toggle("unsaved", now);
  };
  const ready = () => {
    sent = checked = false;
    clearTimeout(timer);
    for (const button of buttons) button.removeAttribute("aria-disabled");
    look();
  };
  for (const event of ["input", "change"]) form.addEventListener(event, look);
  const wrong = (words) => {
    ready();
    state.textContent = words;
    say(words);
  };
  // A page that was open for too long, or has no connection, would lose what was typed.
  const ask = async (button) => {
    try {
      const answer = await api(`${base}/app/accent?colour=`);
      if (answer.status === 401) return wrong(document.querySelector("[data-ended]").textContent.trim());
      if (!answer.ok) return wrong(window.ticket24.refused(answer.status));
      window.ticket24.fine();
    } catch {
      return wrong(form.dataset.wordsOffline);
    }
    checked = true;
    form.requestSubmit(button);
    return undefined;
  };
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget) return; // Into a frame of this page.
    if (checked) return; // On its way now.
    event.preventDefault();
    if (sent) return;
    sent = true;
    for (const button of buttons) button.setAttribute("aria-disabled", "true");
    state.textContent = form.dataset.wordsSaving;
    clearTimeout(timer);
    timer = setTimeout(ready, PATIENCE_MS);
    ask(event.submitter);
  });
  window.addEventListener("pageshow", ready);
  window.addEventListener("beforeunload", (event) => {
    if (!sent && unsaved()) event.preventDefault();
  });
  look();
}

const changed = early(form);
if (changed.length) form.dataset.unsaved = "";
document.documentElement.classList.add("scripted");
for (const row of document.querySelectorAll("[data-chips]")) new Chips(row);
for (const row of document.querySelectorAll("[data-logo]")) logo(row);
for (const row of document.querySelectorAll("[data-accent]")) accent(row);
for (const button of document.querySelectorAll("[data-copy]")) copying(button);
for (const box of document.querySelectorAll("[data-only]")) only(box);
for (const list of document.querySelectorAll("[data-names-of]")) {
  // Filled once somebody asks for it: there are many hundred names.
  const fill = (event) => {
    if (event.target.getAttribute("list") !== list.id) return;
    form.removeEventListener("focusin", fill);
    const named = [...document.getElementById(list.dataset.namesOf).options].filter((one) => one.value);
    list.append(...named.map((one) => new Option(one.text, one.value)));
  };
  form.addEventListener("focusin", fill);
}
new Departments(document.querySelector("#departments"));
new Rules(document.querySelector("#rules"));
new Fields(document.querySelector("#fields"));
for (const panel of document.querySelectorAll("#automation, #hours")) enhance(panel);
new Tabs(document.querySelector("[data-tabs]"));
saving();
retell(changed);
document.querySelector(".errors, [role=alert][tabindex]")?.focus();
