// The page of a draft is swapped while people work on it: what they were typing meanwhile, and what they had opened,
// stays as it was.

let typed = new Map();
let opened = new Map();

document.addEventListener("htmx:beforeSwap", (event) => {
  const target = event.detail.target;
  typed = new Map();
  opened = new Map();
  for (const input of target.querySelectorAll("input[id]:not([type=radio], [type=checkbox], [type=file], [type=hidden])")) {
    if (input.value !== input.defaultValue) typed.set(input.id, [input.defaultValue, input.value]);
  }
  for (const details of target.querySelectorAll("details[id]")) opened.set(details.id, details.open);
});

document.addEventListener("htmx:afterSwap", () => {
  for (const [id, [before, value]] of typed) {
    const input = document.getElementById(id);
    if (input && input.defaultValue === before) input.value = value;
  }
  for (const [id, open] of opened) {
    const details = document.getElementById(id);
    if (details) details.open = open;
  }
});

// Only a period to replace has days: an empty one is not sent before both are there.
document.addEventListener("htmx:confirm", (event) => {
  if (event.detail.elt.id !== "saying") return;
  const mode = document.getElementById("id_mode");
  const days = ["id_replaces_from", "id_replaces_last"].map((id) => document.getElementById(id));
  if (!mode || mode.value !== "replace" || days.every((day) => day.value)) return;
  event.preventDefault();
  days.find((day) => !day.value).focus();
});
