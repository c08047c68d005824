// Shows what is promised for the department and the priority that are chosen, of what the
// page has for each choice. Times pass while people write, so the page is asked again.

const OLD_MS = 240000;

const same = (one, other) => one.toLowerCase() === other.toLowerCase();

function show(form, box) {
  const chosen = (name) => new FormData(form).get(name) ?? "";
  const department = chosen("department");
  const priority = chosen("priority");
  const fits = [...box.children].find(
    (one) =>
      (!one.dataset.priority || same(one.dataset.priority, priority)) &&
      (!one.dataset.department || !department || one.dataset.department === department),
  );
  const known = fits && (!fits.dataset.department || department);
  for (const one of box.children) one.hidden = !(known && one === fits);
}

async function renew(form, box) {
  try {
    const headers = { "X-Ticket24-Glance": "1" };
    const answer = await fetch(location.href, { cache: "no-store", redirect: "manual", headers });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-promises]");
    if (now) box.replaceChildren(...now.children);
    show(form, box);
  } catch {
    // The times shown are still the best we know.
  }
}

function promises(box) {
  const form = box.closest("form");
  let at = Date.now();
  form.addEventListener("change", () => show(form, box));
  show(form, box);
  if ("bearer" in form.dataset) return; // A frame's page cannot be asked for again.
  const look = () => {
    if (document.hidden || Date.now() - at < OLD_MS) return;
    at = Date.now();
    renew(form, box);
  };
  setInterval(look, OLD_MS / 8);
  document.addEventListener("visibilitychange", look);
}

for (const box of document.querySelectorAll("[data-promises]")) promises(box);
