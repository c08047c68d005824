// Lists such as `rules.0.if.customer.1`, whose last field is empty: whoever fills it in
// gets another one at once. The field says what that is called.

import { Finder, numbered } from "./settings_finder.js";
import { form } from "./settings_kit.js";

const NAME = /^(.*\.)\d+$/;
const MOST = 20;

// Lists of choices become lists with search, and lists of numbers grow.
export function enhance(place) {
  for (const field of place.querySelectorAll("[data-more]")) grow(field);
  for (const select of place.querySelectorAll(".finder")) new Finder(select);
  for (const input of place.querySelectorAll("[data-search]")) numbered(input);
}

function grow(field) {
  const row = field.closest(".row");
  const blank = row.cloneNode(true);
  const { name } = field;
  const filled = ({ target }) => {
    if (target.name !== name || !target.value.trim()) return;
    row.removeEventListener("change", filled);
    another(row, blank, name, field.dataset.more);
  };
  row.addEventListener("change", filled);
}

function another(last, blank, name, words) {
  const list = NAME.exec(name)[1];
  let number = 0;
  while (form.elements[`${list}${number}`]) number += 1;
  if (number >= MOST) return;
  const row = blank.cloneNode(true);
  for (const element of row.querySelectorAll("*")) {
    for (const attribute of element.attributes) {
      if ([name, id(name)].includes(attribute.value)) {
        attribute.value = attribute.name === "name" ? `${list}${number}` : id(`${list}${number}`);
      }
    }
  }
  row.querySelector("label").textContent = words;
  row.querySelector(".hint, .error")?.remove();
  const field = row.querySelector("[data-more]");
  field.removeAttribute("aria-describedby");
  field.removeAttribute("aria-invalid");
  row.classList.remove("row-error");
  field.value = "";
  last.after(row);
  enhance(row);
}

function id(name) {
  return name.replaceAll(".", "-");
}
