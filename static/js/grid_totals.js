// What the target grid adds up to: each row, each column, all, and how far that is over what the plan needs.

import { read, told } from "./grid_numbers.js";

export function addUp(grid) {
  const columns = new Array(grid.boxes[0]?.length ?? 0).fill(0);
  let all = 0;
  grid.boxes.forEach((row, r) => {
    let sum = 0;
    row.forEach((box, c) => {
      const number = grid.numbers.get(box) ?? 0;
      sum += number;
      columns[c] += number;
    });
    all += sum;
    write(`t${grid.lines[r].dataset.person}`, sum);
  });
  if (!grid.saves) return; // who sees one row only is told no sums of others
  columns.forEach((sum, c) => write(`s${c}`, sum));
  write("s-all", all);
  write("plan-total", all);
  over(all);
}

function write(id, number) {
  const place = document.getElementById(id);
  if (place) place.textContent = told(Number(number.toFixed(2)));
}

function over(all) {
  const target = read(document.getElementById("plan-target")?.textContent.trim().replace("–", "") ?? "");
  if (!target) return;
  const percent = (all / target - 1) * 100;
  const text = `${percent > 0 ? "+" : "−"}${Math.abs(percent).toFixed(1)} %`;
  document.getElementById("plan-over").textContent = Math.abs(percent) < 0.05 ? "0.0 %" : text;
}
