// Completes the names of KPIs while a formula is typed. Without it everything can be typed, and the list below is there.

const WORD = /[\p{L}_][\p{L}\p{N}_]*$/u;
const SHOWN = 8;

function names() {
  const data = document.getElementById("kpi-names");
  return data ? JSON.parse(data.textContent) : [];
}

function matching(word) {
  const wanted = word.toLowerCase();
  const found = names().filter((each) => `${each.key} ${each.name.toLowerCase()}`.includes(wanted));
  const first = (each) => (each.key.startsWith(wanted) ? 0 : 1);
  return found.sort((one, other) => first(one) - first(other)).slice(0, SHOWN);
}

function close(field) {
  document.getElementById("formula-names")?.remove();
  field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-expanded", "false");
}

function wordBefore(field) {
  const found = field.value.slice(0, field.selectionStart).match(WORD);
  return found ? found[0] : "";
}

function choose(field, key) {
  const end = field.selectionStart;
  const start = end - wordBefore(field).length;
  field.setRangeText(key, start, end, "end");
  close(field);
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function offer(field) {
  close(field);
  const word = wordBefore(field);
  const found = word.length > 1 ? matching(word).filter((each) => each.key !== word) : [];
  if (!found.length) return;
  const list = document.createElement("ul");
  list.id = "formula-names";
  list.className = "completions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "KPIs");
  found.forEach((each, index) => {
    const item = document.createElement("li");
    const key = document.createElement("code");
    const name = document.createElement("span");
    item.id = `formula-name-${index}`;
    item.dataset.key = each.key;
    item.setAttribute("role", "option");
    key.textContent = each.key;
    name.textContent = `${each.name}, ${each.unit}`;
    item.append(key, name);
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      choose(field, each.key);
    });
    list.append(item);
  });
  field.after(list);
  field.setAttribute("aria-expanded", "true");
  field.setAttribute("aria-controls", list.id);
  mark(field, list.children[0]);
}

function mark(field, item) {
  for (const each of item.parentElement.children) each.setAttribute("aria-selected", String(each === item));
  field.setAttribute("aria-activedescendant", item.id);
}

function isFormula(target) {
  return target instanceof HTMLTextAreaElement && target.name === "formula";
}

document.addEventListener("input", (event) => {
  if (isFormula(event.target) && event.isTrusted) offer(event.target);
});

document.addEventListener("focusout", (event) => {
  if (isFormula(event.target)) close(event.target);
});

document.addEventListener("keydown", (event) => {
  const list = document.getElementById("formula-names");
  if (!list || !isFormula(event.target)) return;
  const items = [...list.children];
  const at = items.findIndex((each) => each.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const step = event.key === "ArrowDown" ? 1 : -1;
    mark(event.target, items[(at + step + items.length) % items.length]);
  } else if (event.key === "Enter" || event.key === "Tab") {
    choose(event.target, items[at].dataset.key);
  } else if (event.key === "Escape") {
    close(event.target);
  } else {
    return;
  }
  event.preventDefault();
});
