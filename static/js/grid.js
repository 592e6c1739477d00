// The target grid by keyboard, mouse and thumb. Every cell is a box of a plain form; this makes a spreadsheet of them
// and saves what was typed by itself. Without it the boxes and the button below them do the same, one page at a time.

import { onePersonAtATime } from "./grid_phone.js";
import { read, told } from "./grid_numbers.js";
import { addUp } from "./grid_totals.js";

const SAVE_AFTER = 700; // ms without typing
const TRY_AGAIN = 5000;

class Grid {
  constructor(table) {
    this.table = table;
    this.lines = [...table.tBodies[0].rows];
    this.boxes = this.lines.map((line) => [...line.querySelectorAll("input")]);
    this.state = document.getElementById("grid-state");
    this.saves = Boolean(table.dataset.save);
    this.numbers = new Map(); // box → number
    this.places = new Map(); // box → [row, column]
    this.waiting = new Map(); // box → text that is not stored yet
    this.mode = "move"; // move | type | edit
    this.at = this.from = [0, 0];
    this.boxes.forEach((row, r) => row.forEach((box, c) => this.adopt(box, r, c)));
    this.listen();
    this.show = onePersonAtATime(this);
    this.show(0);
  }

  adopt(box, r, c) {
    box.tabIndex = r || c ? -1 : 0;
    box.inputMode = "decimal";
    box.autocomplete = "off";
    box.dataset.stored = box.value;
    this.places.set(box, [r, c]);
    this.numbers.set(box, read(box.value, this.table.dataset.currency));
  }

  listen() {
    const on = (name, does) => this.table.addEventListener(name, does);
    on("focusin", (event) => this.places.has(event.target) && this.enter(event.target));
    on("focusout", (event) => this.places.has(event.target) && this.commit(event.target));
    on("mousedown", (event) => this.press(event));
    on("mouseover", (event) => event.buttons === 1 && this.dragged && this.places.has(event.target) && this.reach(this.places.get(event.target)));
    on("dblclick", (event) => this.places.has(event.target) && (this.mode = "edit"));
    on("keydown", (event) => this.places.has(event.target) && this.key(event));
    on("input", () => this.mode === "move" && (this.mode = "type"));
    on("copy", (event) => this.copy(event));
    on("paste", (event) => this.paste(event));
    document.addEventListener("mouseup", () => (this.dragged = false));
    if (!this.saves) return;
    for (const form of document.querySelectorAll("form:has(.plan-version)")) form.addEventListener("submit", (event) => this.before(event));
    window.addEventListener("beforeunload", (event) => this.waiting.size && !this.leaving && event.preventDefault());
  }

  // --- where one is ---------------------------------------------------------------------------------------------

  box([r, c]) {
    return this.boxes[r]?.[c];
  }

  enter(box) {
    for (const each of this.table.querySelectorAll("td input[tabindex='0']")) each.tabIndex = -1;
    box.tabIndex = 0;
    this.at = this.places.get(box);
    if (!this.reaching) this.from = this.at;
    if (this.mode !== "edit") box.select();
    this.mark();
  }

  go([r, c], reaching = false) {
    const row = Math.min(Math.max(r, 0), this.boxes.length - 1);
    const place = [row, Math.min(Math.max(c, 0), this.boxes[row].length - 1)];
    this.reaching = reaching;
    this.mode = "move";
    if (this.lines[row].hidden || this.lines[row].offsetParent === null) this.show(row);
    const box = this.box(place);
    if (box === document.activeElement) this.enter(box);
    else box.focus();
    this.reaching = false;
  }

  reach(place) {
    this.go(place, true);
  }

  press(event) {
    const box = this.places.has(event.target) ? event.target : event.target.closest("td")?.querySelector("input");
    if (!this.places.has(box) || event.target.closest("button")) return;
    this.dragged = true;
    if (box === document.activeElement && !event.shiftKey) return;
    event.preventDefault();
    this.go(this.places.get(box), event.shiftKey);
  }

  chosen() {
    const [top, bottom] = [this.from[0], this.at[0]].sort((one, other) => one - other);
    const [left, right] = [this.from[1], this.at[1]].sort((one, other) => one - other);
    return { top, bottom, left, right, many: top !== bottom || left !== right };
  }

  mark() {
    for (const cell of this.table.querySelectorAll(".is-chosen")) cell.classList.remove("is-chosen");
    const { top, bottom, left, right, many } = this.chosen();
    if (!many) return;
    for (let r = top; r <= bottom; r++) for (let c = left; c <= right; c++) this.box([r, c])?.parentElement.classList.add("is-chosen");
  }

  // --- keys -----------------------------------------------------------------------------------------------------

  key(event) {
    if (event.isComposing) return;
    const command = event.ctrlKey || event.metaKey;
    const does = command ? this.command(event) : this.plain(event);
    if (does === undefined) return;
    event.preventDefault();
    does();
  }

  plain(event) {
    const [r, c] = this.at;
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const back = event.shiftKey ? -1 : 1;
    if (event.key === "Enter") return () => this.go([r + back, c]);
    if (event.key === "Tab") return this.beside(back);
    if (event.key === "Escape") return () => this.revert(event.target);
    if (event.key === "F2") return () => this.edit(event.target);
    if (this.mode === "edit") return undefined;
    if (event.key in steps) return () => this.go([r + steps[event.key][0], c + steps[event.key][1]], event.shiftKey);
    if (this.mode === "type") return undefined;
    if (event.key === "Home") return () => this.go([r, 0], event.shiftKey);
    if (event.key === "End") return () => this.go([r, this.boxes[r].length - 1], event.shiftKey);
    if (event.key === "Delete" || event.key === "Backspace") return () => this.clear();
    return undefined;
  }

  command(event) {
    const key = event.key.toLowerCase();
    const edges = { arrowup: [0, this.at[1]], arrowdown: [this.boxes.length - 1, this.at[1]], arrowleft: [this.at[0], 0], arrowright: [this.at[0], Infinity], home: [0, 0], end: [Infinity, Infinity] };
    if (this.mode !== "move") return undefined;
    if (key in edges) return () => this.go(edges[key], event.shiftKey);
    if (key === "a") return () => this.all();
    if (key === "r") return () => this.fill();
    if (key === "z" && this.saves) return () => this.change(event.shiftKey ? "redo" : "undo");
    if (key === "y" && this.saves) return () => this.change("redo");
    return undefined;
  }

  // Tab walks through the row and on to the next; behind the last cell it leaves the grid, as everywhere.
  beside(step) {
    const [r, c] = this.at;
    const width = this.boxes[r].length;
    const next = r * width + c + step;
    if (next < 0 || next >= width * this.boxes.length) return undefined;
    return () => this.go([Math.floor(next / width), next % width]);
  }

  edit(box) {
    if (this.mode === "edit") return this.go(this.at);
    this.mode = "edit";
    box.setSelectionRange(box.value.length, box.value.length);
  }

  revert(box) {
    const moving = this.mode === "move";
    box.value = told(this.numbers.get(box));
    box.removeAttribute("aria-invalid");
    this.waiting.delete(box);
    if (!moving) this.go(this.at);
    else this.from = this.at;
    this.mark();
  }

  all() {
    this.from = [0, 0];
    this.reach([Infinity, Infinity]);
  }

  clear() {
    this.each((box) => this.put(box, ""));
  }

  fill() {
    const { top, bottom, left, right, many } = this.chosen();
    for (let r = top; r <= bottom; r++) {
      const first = this.box([r, many ? left : this.at[1]]).value;
      const last = many && right > left ? right : this.boxes[r].length - 1;
      for (let c = (many ? left : this.at[1]) + 1; c <= last; c++) {
        if (!this.box([r, c]).parentElement.classList.contains("is-locked")) this.put(this.box([r, c]), first);
      }
    }
  }

  each(does) {
    const { top, bottom, left, right } = this.chosen();
    for (let r = top; r <= bottom; r++) for (let c = left; c <= right; c++) does(this.box([r, c]), r - top, c - left);
  }

  // --- blocks from and to a spreadsheet -----------------------------------------------------------------------------

  copy(event) {
    if (!this.places.has(event.target) || this.mode !== "move") return;
    const rows = [];
    this.each((box, r) => (rows[r] ??= []).push(this.numbers.get(box) ?? ""));
    event.clipboardData.setData("text/plain", rows.map((row) => row.join("\t")).join("\n"));
    event.preventDefault();
  }

  paste(event) {
    if (!this.places.has(event.target)) return;
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    const block = text.split("\n").map((line) => line.split("\t"));
    const single = block.length === 1 && block[0].length === 1;
    if (single && this.mode !== "move") return;
    event.preventDefault();
    if (single && this.chosen().many) return this.each((box) => this.put(box, text));
    const { top, left } = this.chosen();
    let outside = 0;
    block.forEach((cells, r) => cells.forEach((each, c) => {
      const box = this.box([top + r, left + c]);
      if (box) this.put(box, each);
      else outside += 1;
    }));
    this.from = [top, left];
    this.reach([top + block.length - 1, left + Math.max(...block.map((cells) => cells.length)) - 1]);
    if (outside) this.say(`${outside} cells of what was pasted lie outside of the grid and were left out.`, true);
  }

  // --- numbers ------------------------------------------------------------------------------------------------------

  put(box, text) {
    box.value = text;
    this.commit(box);
  }

  commit(box) {
    if (box === document.activeElement && this.mode === "edit") this.mode = "move";
    const number = read(box.value, this.table.dataset.currency);
    const wrong = Number.isNaN(number) || number < 0;
    box.toggleAttribute("aria-invalid", wrong);
    if (wrong) {
      box.setAttribute("aria-invalid", "true");
      this.say(`Not saved: “${box.value}” is ${number < 0 ? "below 0" : "not a number"}. Write 120000, 120k or 1.2m.`, true);
      return;
    }
    box.value = told(number);
    if (number === this.numbers.get(box)) return;
    this.numbers.set(box, number);
    this.warm(box);
    if (this.saves) {
      this.waiting.set(box, box.value);
      this.later();
    }
    this.totals();
  }

  warm(box) {
    box.dataset.was ??= box.dataset.stored.replaceAll(",", "");
    const before = box.dataset.was === "" ? null : Number(box.dataset.was);
    const now = this.numbers.get(box) ?? 0;
    const part = before === null ? 0 : before ? Math.abs(now - before) / before : now ? 1 : 0;
    const heat = part === 0 ? 0 : part >= 0.2 ? 3 : part >= 0.05 ? 2 : 1;
    const cell = box.parentElement;
    cell.classList.remove("heat-1", "heat-2", "heat-3");
    if (heat) cell.classList.add(`heat-${heat}`);
  }

  // Once for any number of changes: a block of two thousand is added up once.
  totals() {
    this.adding ??= requestAnimationFrame(() => {
      this.adding = null;
      addUp(this);
    });
  }

  // --- saving -------------------------------------------------------------------------------------------------------

  say(text, bad = false) {
    if (!this.state) return;
    this.state.textContent = text;
    this.state.classList.toggle("bad", bad);
  }

  later(after = SAVE_AFTER) {
    if (this.stopped) return;
    this.say("Saving …");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), after);
  }

  get version() {
    return document.querySelector(".plan-version").value;
  }

  async save() {
    clearTimeout(this.timer);
    if (this.busy) await this.busy;
    if (!this.waiting.size || this.stopped) return;
    const sent = new Map(this.waiting);
    const cells = [...sent].map(([box, text]) => [Number(this.lines[this.places.get(box)[0]].dataset.person), this.places.get(box)[1], text]);
    this.busy = this.send(this.table.dataset.save, JSON.stringify({ version: this.version, cells }), "application/json");
    const answer = await this.busy;
    this.busy = null;
    if (!answer?.version && answer?.version !== 0) return;
    for (const [box, text] of sent) if (this.waiting.get(box) === text) this.waiting.delete(box);
    this.taken(answer);
    document.getElementById("grid-undo").disabled = false;
    document.getElementById("grid-redo").disabled = true;
  }

  async send(address, body, type) {
    const headers = { accept: "application/json", "x-csrftoken": document.querySelector("[name=csrfmiddlewaretoken]").value };
    if (type) headers["content-type"] = type;
    try {
      const response = await fetch(address, { method: "POST", headers, body });
      const answer = await response.json();
      if (response.ok) return answer;
      this.refused(response.status, answer);
    } catch {
      this.say("Not saved: the server does not answer. It is tried again.", true);
      this.timer = setTimeout(() => this.save(), TRY_AGAIN);
    }
    return null;
  }

  refused(status, answer) {
    this.say(`Not saved: ${answer.said}`, true);
    if (status === 409) this.stopped = true;
    for (const where of Object.keys(answer.errors ?? {})) {
      const [person, column] = where.split(":");
      this.of(person, column)?.setAttribute("aria-invalid", "true");
    }
  }

  of(person, column) {
    return this.boxes[this.lines.findIndex((line) => line.dataset.person === String(person))]?.[column];
  }

  taken(answer) {
    for (const field of document.querySelectorAll(".plan-version")) field.value = answer.version;
    for (const [person, column, text, locked] of answer.cells) {
      const box = this.of(person, column);
      if (!box || this.waiting.has(box)) continue;
      box.value = text;
      this.numbers.set(box, read(text));
      box.parentElement.classList.toggle("is-locked", locked);
      this.warm(box);
    }
    this.totals();
    this.say(this.waiting.size ? "Saving …" : `Saved ${answer.at}`);
  }

  async change(op) {
    await this.save();
    if (this.waiting.size) return;
    const answer = await this.send(this.table.dataset.change, new URLSearchParams({ op, version: this.version }));
    if (!answer) return;
    this.taken(answer);
    this.say(`${op === "undo" ? "Taken back" : "Done again"}, saved ${answer.at}`);
    document.getElementById(op === "undo" ? "grid-redo" : "grid-undo").disabled = false;
    this.box(this.at).select();
  }

  // A form of the page goes out only after what was typed is stored, with the version that this made.
  async before(event) {
    this.commitTyped();
    if (!this.waiting.size && !this.busy) return;
    event.preventDefault();
    const { target, submitter } = event;
    await this.save();
    if (this.waiting.size) return;
    this.leaving = true;
    target.requestSubmit(submitter);
  }

  commitTyped() {
    if (this.places.has(document.activeElement)) this.commit(document.activeElement);
  }
}

const table = document.querySelector("table.plan-grid");
if (table?.tBodies[0]?.rows.length) new Grid(table);
