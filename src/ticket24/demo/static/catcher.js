// Shows new mail without a reload; the page works without it.
"use strict";

const PIECES = ["count", "mails", "hint"];
const EVERY = 1000;

function shown() {
  const links = document.querySelectorAll("#mails a");
  return Array.from(links, (link) => link.pathname.split("/").pop()).join();
}

async function refresh() {
  const answer = await fetch("/mails.json");
  const there = (await answer.json()).map((mail) => mail.id).join();
  if (there === shown()) return;
  const page = await fetch(location.href);
  if (!page.ok) {
    location.href = "/"; // The mail we read was cleared.
    return;
  }
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
  const focused = document.activeElement.getAttribute("href");
  for (const id of PIECES) {
    const piece = fresh.getElementById(id);
    if (piece) document.getElementById(id).replaceChildren(...piece.childNodes);
  }
  document.querySelector("header button").disabled = !there;
  if (focused) document.querySelector(`#mails a[href="${focused}"]`)?.focus();
}

async function keepLooking() {
  try {
    if (!document.hidden) await refresh();
    document.body.classList.remove("away");
  } catch {
    document.body.classList.add("away");
  }
  setTimeout(keepLooking, EVERY);
}

keepLooking();
