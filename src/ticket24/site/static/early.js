// What people did before the scripts of their page had come: on a slow line they type and
// choose in the plain form, and nobody hears of it.

function differs(field) {
  const { type } = field;
  if (type === "file") return field.files.length > 0;
  if (type === "checkbox" || type === "radio") return field.checked !== field.defaultChecked;
  if (!field.matches("select")) return field.value !== field.defaultValue;
  const first = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(0, first);
}

const SENT = ":is(input, select, textarea)[name]";

// The fields that are not as the server wrote them. Whoever comes back to a page finds it
// as it was left: that is nothing new.
export function early(form) {
  if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") return [];
  return [...form.querySelectorAll(SENT)].filter(differs);
}

// Tell those who listen now.
export function retell(fields) {
  for (const field of fields) {
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  }
}
