// A department's words for how far its tickets are: there is always one more row, and
// where a colour is chosen, its badge is shown as customers see it.

import { asked } from "./settings_kit.js";

const COLOUR_MS = 100;
const plain = /^#[0-9a-f]{6}$/i;

export class States {
  constructor(box) {
    this.rows = box.querySelector(".state-rows");
    for (const row of this.rows.children) this.adopt(row);
    this.rows.addEventListener("input", (event) => {
      const last = this.rows.lastElementChild;
      if (last.contains(event.target) && event.target.value) this.add(last);
    });
  }

  adopt(row) {
    const text = row.querySelector("[name$='.colour']");
    const picker = row.querySelector("[data-shade]");
    const badges = row.querySelector("[data-badges]");
    let timer;
    const colour = () => (plain.test(text.value.trim()) ? text.value.trim() : "");
    const words = () => {
      const [said] = [...row.querySelectorAll("[name*='.words.']")].map((one) => one.value.trim()).filter(Boolean);
      for (const badge of badges.querySelectorAll("b")) badge.textContent = said ?? "";
      badges.hidden = !(said && colour());
    };
    const paint = async () => {
      const wanted = colour();
      const looks = await asked("accent", { colour: wanted }).catch(() => undefined); // Saving says what is wrong.
      if (!looks || wanted !== colour()) return;
      for (const page of badges.children) {
        const [behind, ground, ink] = looks.badges[page.dataset.page];
        page.style.background = behind;
        Object.assign(page.firstChild.style, { background: ground, color: ink });
      }
    };
    const show = () => {
      picker.value = colour() || "#4250b8";
      words();
      clearTimeout(timer);
      if (colour()) timer = setTimeout(paint, COLOUR_MS);
    };
    text.addEventListener("input", show);
    picker.addEventListener("input", () => {
      text.value = picker.value;
      text.dispatchEvent(new Event("input", { bubbles: true }));
    });
    row.addEventListener("input", words);
    picker.hidden = false;
    show();
  }

  add(last) {
    const number = Number(last.dataset.place);
    const row = last.cloneNode(true);
    row.dataset.place = number + 1;
    row.querySelectorAll(".row-error").forEach((one) => one.classList.remove("row-error"));
    row.querySelectorAll(".error").forEach((one) => one.remove());
    for (const element of row.querySelectorAll("*")) {
      for (const name of ["id", "name", "for", "aria-describedby"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace(/(states[.-])\d+/, `$1${number + 1}`));
      }
      if (element.matches("input:not([type=color])")) element.value = element.type === "checkbox" ? "on" : "";
      if (element.checked) element.checked = false;
    }
    row.querySelector("select").value = "";
    this.rows.append(row);
    this.adopt(row);
  }
}
