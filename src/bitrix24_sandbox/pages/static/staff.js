// Everything works without this file; it only saves reloads.
"use strict";

const write = document.querySelector("#write textarea");
write?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    write.form.requestSubmit();
  }
});

const said = document.querySelector("#said");
let shown = "";

function busy() {
  const selecting = !getSelection().isCollapsed;
  const editing = said.querySelector("details[open]");
  return selecting || editing || said.contains(document.activeElement);
}

async function refresh() {
  if (document.hidden || busy()) return;
  const answer = await fetch(said.dataset.address);
  if (!answer.ok) return;
  const text = await answer.text();
  if (text === shown || busy()) return;
  said.innerHTML = text;
  shown = text;
}

if (said) {
  setInterval(() => refresh().catch(() => {}), 3000);
}
