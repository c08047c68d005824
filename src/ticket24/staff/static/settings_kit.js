// What the parts of the settings page share.

const { api } = window.ticket24;

export const form = document.getElementById("settings");
export const base = form.dataset.base;

export function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

export function say(words) {
  document.querySelector("[data-say]").textContent = words;
}

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && !name.includes("-")) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function sign(path) {
  const box = document.createElement("template");
  box.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${path}" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
  return box.content.firstChild;
}

export const told = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));

export async function asked(path, values) {
  const answer = await api(`${base}/app/${path}?${new URLSearchParams(values)}`);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}
