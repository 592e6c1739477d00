// On a phone the grid shows one person, each part with buttons for a little less and a little more.

const NARROW = "(width <= 40rem)";

export function onePersonAtATime(grid) {
  const select = document.getElementById("grid-person");
  const names = [...grid.table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
  for (const line of grid.lines) {
    [...line.querySelectorAll("td")].forEach((cell, c) => (cell.dataset.label = names[c]));
  }

  function show(r) {
    const line = grid.lines[r];
    if (!line) return;
    for (const each of grid.table.querySelectorAll("tr.is-shown")) each.classList.remove("is-shown");
    line.classList.add("is-shown");
    if (select) select.value = String(r);
    if (!matchMedia(NARROW).matches || line.dataset.steps) return;
    line.dataset.steps = "there";
    for (const box of grid.boxes[r]) box.parentElement.append(step(grid, box, -1), step(grid, box, 1));
  }

  select?.addEventListener("change", () => show(Number(select.value)));
  return show;
}

// A tenth of what the number is made of: 120,000 goes by 10,000, 84 by 1.
function step(grid, box, way) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `grid-step ${way < 0 ? "less" : "more"}`;
  button.textContent = way < 0 ? "−" : "+";
  button.setAttribute("aria-label", `${way < 0 ? "Less" : "More"}, ${box.parentElement.dataset.label}`);
  button.addEventListener("click", () => {
    const number = grid.numbers.get(box) ?? 0;
    const size = 10 ** Math.max(Math.floor(Math.log10(number || 1)) - 1, 0);
    grid.put(box, String(Math.max((Math.round(number / size) + way) * size, 0)));
  });
  return button;
}
