// Shows the company's own fields as they are asked: for the chosen department, and for what
// is chosen in fields above. Without it all of them are there, and say when they are asked.

function show(form, all) {
  const typed = new FormData(form);
  const department = typed.get("department") ?? "";
  const asked = new Set();
  for (const one of all) {
    const { own, departments, if: other, oneOf } = one.dataset;
    const ours = !departments || departments.split(" ").includes(department);
    const wanted = other ? JSON.parse(oneOf) : [];
    const there = !other || (asked.has(other) && typed.getAll(other).some((value) => wanted.includes(value)));
    if (ours && there) asked.add(own);
    one.hidden = !asked.has(own);
  }
}

for (const form of document.querySelectorAll("form:has([data-own])")) {
  const all = [...form.querySelectorAll("[data-own]")];
  for (const line of form.querySelectorAll("[data-when]")) line.hidden = true;
  const look = () => show(form, all);
  form.addEventListener("change", look);
  form.addEventListener("fit", look, true); // A draft was filled in.
  look();
}
