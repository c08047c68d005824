// Sends files while people write, keeps what they type, and shows at once what they send.
// Without it the forms work with one plain POST.

import { Draft, OF_COMPANY } from "./compose_draft.js";
import { Files } from "./compose_files.js";
import { newKey, old, pause, post, say, trouble } from "./compose_kit.js";
import { Outgoing } from "./compose_outgoing.js";
import { early, retell } from "./early.js";

const PATIENCE_MS = 20000;
const TWICE_MS = 1000;
const NEAR = 0.9;

const letters = (field) => [...field.value.trim()].length;

function count(line) {
  const field = line.closest(".row").querySelector("input:not([type]), textarea");
  const most = Number(line.dataset.count);
  const tell = () => {
    const left = most - letters(field);
    const words = line.dataset[(left < 0 ? "over" : "left") + (Math.abs(left) === 1 ? 1 : 2)];
    line.hidden = left > most * (1 - NEAR);
    line.textContent = words.replace("{number}", Math.abs(left).toLocaleString(document.documentElement.lang));
    if (left < 0 && !line.classList.contains("over")) say(field.form, line.textContent);
    line.classList.toggle("over", left < 0);
  };
  field.addEventListener("input", tell);
  field.addEventListener("fit", tell);
  tell();
}

// For browsers that cannot. A field never shrinks while somebody types: pages would jump.
function grow(field) {
  if (CSS.supports("field-sizing: content")) return;
  const fit = () => {
    if (!field.value) field.style.height = "";
    const edge = field.offsetHeight - field.clientHeight;
    if (field.scrollHeight > field.clientHeight) field.style.height = `${field.scrollHeight + edge}px`;
  };
  field.addEventListener("input", fit);
  field.addEventListener("fit", fit);
  fit();
}

function compose(form) {
  const button = form.querySelector("[data-send]");
  const state = form.querySelector("[data-state]");
  const discard = form.querySelector("[data-discard]");
  const { text } = form.elements;
  const changed = early(form);
  const draft = new Draft(form, state, (typed) => { if (discard) discard.hidden = !typed; });
  let wanted = false; // Sent, but for the files that are still on their way.
  let plain = false; // The browser itself sends it: our server is there, and has a page.
  let pressed = 0; // When a reply was sent: the second press of a double click is none.
  let timer;
  let failures = 0; // How often a new ticket was not sent, and since when, and what next.
  let since = 0;
  let later;

  // What the line says is true until the form is ready again: nobody else writes there.
  const hold = (words, quiet = false) => {
    draft.held = true;
    button.setAttribute("aria-disabled", "true");
    state.textContent = words;
    state.classList.remove("wrong");
    if (!quiet) say(form, words);
  };
  const lock = (on) => {
    for (const one of form.querySelectorAll("textarea, input:not([type])")) one.readOnly = on;
  };
  const ready = () => {
    lock(false);
    clearTimeout(timer);
    wanted = plain = draft.held = false;
    button.removeAttribute("aria-disabled");
    state.textContent = "";
    state.classList.remove("wrong");
  };
  // Whoever changes what goes by itself sends it again.
  const holdBack = () => {
    clearTimeout(later);
    later = undefined;
    failures = 0;
    draft.unsent = false;
  };
  const refuse = (words, place) => {
    ready();
    state.textContent = words;
    state.classList.add("wrong");
    say(form, words);
    place.focus();
  };

  const files = new Files(form, form.querySelector("[data-files]"), {
    changed() {
      holdBack();
      draft.soon();
      if (wanted && !files.waiting.size) form.requestSubmit(button);
    },
    moved() {
      if (wanted) state.textContent = `${form.dataset.waiting} ${files.percent} %`;
    },
    removed: () => wanted && ready(), // Whoever takes a file back thinks again.
  });

  draft.restore(files);
  const list = form.id === "reply" ? document.getElementById("outgoing") : null;
  const outgoing = list ? new Outgoing(form, list, {
    taken() {
      // An earlier draft may have arrived after what was sent.
      if (draft.typed) draft.soon();
      else draft.put();
      if (button.name) location.assign(form.action.replace(/\/replies$/, ""));
    },
    edit({ fields, uploads }) {
      const both = [fields.text, text.value].filter(Boolean);
      draft.fill({ ...fields, text: both.join("\n\n") });
      for (const file of uploads) files.have(file);
      draft.soon();
    },
  }) : undefined;
  // What is on its way is no draft any more.
  if (outgoing?.messages.some((one) => one.fields.text && one.fields.text === text.value)) empty();

  function empty() {
    holdBack();
    const own = [...form.elements].map(({ name }) => name).filter((name) => OF_COMPANY.test(name));
    draft.fill({ text: "", subject: "", cc: "", reopen: false, ...Object.fromEntries(own.map((name) => [name, ""])) });
    for (const one of form.querySelectorAll("[data-bound]")) one.remove();
    for (const one of form.querySelectorAll("[name^='file.']")) one.value = "";
    form.elements.form_id.value = newKey();
    files.clear();
    document.querySelector(".restored")?.remove();
    draft.clear();
  }

  const reply = () => {
    const { fields } = draft.content();
    const uploads = files.here;
    if (!fields.text.trim() && !uploads.length) {
      return Date.now() - pressed < TWICE_MS ? undefined : refuse(form.dataset.empty, text);
    }
    const over = form.querySelector(".letters.over:not([hidden])");
    if (over) return refuse(over.textContent, text);
    if (button.name) fields[button.name] = button.value;
    ready();
    const message = { form_id: form.elements.form_id.value, fields, uploads, at: Date.now() };
    empty();
    pressed = message.at;
    return outgoing.add(message);
  };

  // A new ticket is sent until our server has it, under one key: the form stays as it is.
  const open = async () => {
    clearTimeout(later);
    later = undefined;
    draft.unsent = false;
    if (!failures) since = Date.now();
    hold(form.dataset.sending, failures > 0);
    draft.stop();
    const body = new FormData(form, button);
    body.delete("files");
    lock(true);
    const { status, json, wait, told } = await post(form, body);
    if (told?.taken) {
      draft.clear();
      return location.assign(told.taken);
    }
    ready();
    if (told || (json && [401, 403, 404].includes(status))) {
      plain = true;
      return form.requestSubmit(button);
    }
    draft.again();
    const { unsent, still, lost, t0 } = form.dataset;
    const why = trouble(form, status >= 400 ? status : 0);
    draft.tell(`${unsent}. ${why === t0 ? lost : `${why.replace(/[.!?]$/, "")}. ${still}`}`, true);
    if (status === 413 || old(since)) return;
    draft.unsent = true;
    later = setTimeout(again, pause(failures, wait));
    failures += 1;
  };
  const again = () => later && !draft.held && form.requestSubmit(button);

  form.addEventListener("submit", (event) => {
    // A button that is for something else takes along what was typed.
    if (event.submitter?.dataset.along !== undefined) return draft.stop();
    if (draft.held && !wanted) return event.preventDefault();
    if (files.failed) {
      event.preventDefault();
      return refuse(files.words.unsolved, files.failed.querySelector(".upload-drop"));
    }
    if (files.waiting.size) {
      event.preventDefault();
      if (!wanted) hold(form.dataset.waiting);
      wanted = true;
      return undefined;
    }
    if (plain || !form.dataset.draft) {
      hold(form.dataset.sending);
      timer = setTimeout(ready, PATIENCE_MS);
      return draft.stop();
    }
    event.preventDefault();
    return outgoing ? reply() : open();
  });
  discard?.addEventListener("click", (event) => {
    event.preventDefault();
    const before = { fields: draft.content().fields, uploads: files.here };
    const bound = [...form.querySelectorAll("[data-bound]")].map((one) => [one, one.nextElementSibling]);
    empty();
    draft.put();
    const undo = document.createElement("button");
    Object.assign(undo, { type: "button", className: "link", textContent: form.dataset.undo });
    undo.addEventListener("click", () => {
      for (const [one, field] of bound) field.before(one);
      draft.fill(before.fields);
      for (const file of before.uploads) files.have(file);
      draft.soon();
      text.focus();
    });
    draft.tell(form.dataset.discarded);
    say(form, form.dataset.discarded);
    state.append(" ", undo);
    undo.focus();
  });
  form.addEventListener("input", holdBack);
  window.addEventListener("online", again);
  window.addEventListener("pageshow", ({ persisted }) => persisted && ready());
  document.addEventListener("visibilitychange", () => document.hidden || again() || leaveToOthers(form, draft));
  form.querySelector("textarea[aria-keyshortcuts]")?.addEventListener("keydown", (event) => {
    // Enter chooses letters of other alphabets.
    if (event.isComposing || event.keyCode === 229 || event.repeat) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(button);
  });
  document.getElementById("copy-in")?.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key !== "Enter") return;
    event.preventDefault();
    form.requestSubmit(event.target.nextElementSibling);
  });
  for (const line of form.querySelectorAll("[data-count]")) count(line);
  grow(text);
  outgoing?.work();
  retell(changed);
}

// Somebody else may have signed in while nobody looked.
async function leaveToOthers(form, draft) {
  const { owner } = form.elements;
  if (!owner) return;
  const home = form.dataset.draft.replace(/drafts\/\w+$/, "");
  try {
    const { status, headers } = await fetch(`${home}status.json`, { cache: "no-store" });
    const now = headers.get("X-Ticket24-Owner");
    if (now && now !== owner.value) {
      document.documentElement.hidden = true;
      return location.replace(home);
    }
    if (status === 401) return draft.tell(trouble(form, status), true);
    if (now && draft.state.classList.contains("wrong")) draft.soon();
  } catch {
    // Away for a moment.
  }
  return undefined;
}

// The page of a ticket on its way turns into the ticket.
function follow(received) {
  const line = received.querySelector("[data-trouble]");
  let pause = 1000;
  let missed = 0;
  const look = async () => {
    let words = line?.dataset.lost;
    missed += 1;
    try {
      const response = await fetch(location.href, { cache: "no-store", redirect: "manual" });
      if (response.status === 429 || response.status >= 500) words = line?.dataset.busy;
      if (response.status === 404) return location.reload(); // It is somebody else's.
      const text = response.ok ? await response.text() : "";
      const now = new DOMParser().parseFromString(text, "text/html").querySelector("[data-received]");
      if (now?.dataset.received !== received.dataset.received) {
        if (response.type === "opaqueredirect" || now) return location.reload();
      } else {
        missed = 0;
      }
    } catch {
      // Away for a moment.
    }
    if (missed === 1) pause = 1000;
    if (line) {
      line.hidden = missed < 2;
      line.textContent = line.hidden ? "" : words;
    }
    pause = Math.min(pause * 1.3, 10000);
    return setTimeout(look, document.hidden ? 6 * pause : pause);
  };
  setTimeout(look, pause);
}

// What stands in the list of departments is also said of the chosen one.
function tell(line) {
  const form = line.closest("form");
  const choice = form.elements.department;
  const show = () => {
    const words = form.querySelector(`[data-told="${CSS.escape(choice.value)}"]`);
    line.replaceChildren(...(words ? words.cloneNode(true).childNodes : []));
  };
  choice.addEventListener("change", show);
  show();
}

for (const line of document.querySelectorAll("[data-chosen-told]")) tell(line);
for (const form of document.querySelectorAll("[data-compose]")) compose(form);
for (const received of document.querySelectorAll("[data-received]")) follow(received);
