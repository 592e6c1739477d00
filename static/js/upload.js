// Files are dropped or chosen, then sent in pieces. The server says how much it has, so a broken connection goes on
// from there. Without this script the same form sends the file in one request.

import { Sha256 } from "./sha256.js";

const WAIT = [1, 2, 4, 8, 15]; // seconds between attempts while the connection is broken
const form = document.getElementById("upload");
const drop = document.getElementById("drop");
const chooser = document.getElementById("id_file");
const lookups = document.getElementById("id_lookups");
const chosen = document.getElementById("chosen");
const sending = document.getElementById("sending");
const pause = document.getElementById("pause");
const submit = form.querySelector("[type=submit]");
const errors = document.getElementById("sending-error");
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;

let files = []; // the first is the one to import, the others are looked things up in
let paused = false;
let stopped = false;

const told = (bytes) => {
  const units = ["bytes", "KB", "MB", "GB"];
  let at = 0;
  for (; bytes >= 1024 && at < units.length - 1; at++) bytes /= 1024;
  return `${at ? bytes.toFixed(1) : bytes} ${units[at]}`;
};
const say = (text) => (document.getElementById("sending-words").textContent = text);
const fail = (sentence) => {
  errors.textContent = sentence;
  sending.hidden = true;
  submit.disabled = false;
};

function choose(list) {
  files = [...list].sort((one, other) => other.size - one.size);
  errors.textContent = "";
  show();
}

function show() {
  chosen.hidden = files.length === 0;
  chosen.replaceChildren(
    ...files.map((file, at) => {
      const line = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = `${file.name}, ${told(file.size)}`;
      const role = document.createElement("span");
      role.className = "small muted";
      role.textContent = at === 0 ? "will be imported" : "to look things up in";
      line.className = "spread";
      line.append(name, role);
      if (at > 0) {
        const swap = document.createElement("button");
        swap.type = "button";
        swap.className = "button small quiet";
        swap.textContent = "Import this one";
        swap.addEventListener("click", () => {
          files.unshift(...files.splice(at, 1));
          show();
        });
        line.append(swap);
      }
      return line;
    }),
  );
  document.getElementById("drop-words").textContent = files.length ? "Drop others here, or choose again" : "Drop files here, or choose them";
}

for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("is-over");
  });
}
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("is-over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) choose(event.dataTransfer.files);
});
// A file that misses the area must not replace the page.
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
chooser.multiple = true;
chooser.addEventListener("change", () => choose(chooser.files));

pause.addEventListener("click", () => {
  paused = !paused;
  pause.textContent = paused ? "Go on" : "Pause";
  if (paused) say("Paused. What was sent so far is kept for a day.");
});
document.getElementById("stop").addEventListener("click", () => {
  stopped = true;
});

form.addEventListener("submit", async (event) => {
  if (!files.length) return; // the form says itself what is missing
  event.preventDefault();
  submit.disabled = true;
  sending.hidden = false;
  errors.textContent = "";
  paused = stopped = false;
  try {
    const page = await send(files[0], files.slice(1));
    if (page) window.location.assign(page);
  } catch (wrong) {
    fail(wrong.message);
  }
});

async function send(file, others) {
  const begin = new FormData();
  begin.append("name", file.name);
  begin.append("size", file.size);
  begin.append("table", form.elements.table.value);
  const mapping = document.getElementById("id_mapping_file");
  if (mapping.files.length) begin.append("mapping_file", mapping.files[0]);
  for (const each of [...others, ...lookups.files]) begin.append("lookups", each);
  const begun = await asked(form.dataset.begin, { method: "POST", body: begin });
  const hash = new Sha256();
  let hashed = 0;
  let at = begun.received;
  while (at < file.size) {
    while (paused && !stopped) await later(0.2);
    if (stopped) return stop();
    for (; hashed < at; hashed = Math.min(hashed + begun.piece, at)) {
      hash.update(await bytes(file, hashed, Math.min(hashed + begun.piece, at))); // sent before it broke off
    }
    const piece = await bytes(file, at, Math.min(at + begun.piece, file.size));
    const answer = await asked(`${begun.upload}?offset=${at}`, { method: "POST", body: piece }, begun.upload);
    if (answer.received === at + piece.length) {
      hash.update(piece);
      hashed = answer.received;
    } else if (answer.received < hashed) {
      throw new Error("The server lost a part of the file. Choose it again.");
    }
    at = answer.received;
    progress(at, file);
  }
  for (; hashed < at; hashed = Math.min(hashed + begun.piece, at)) {
    hash.update(await bytes(file, hashed, Math.min(hashed + begun.piece, at)));
  }
  say("All of it is there. Looking into it …");
  document.getElementById("sending-bar").removeAttribute("value");
  const end = new FormData();
  end.append("checksum", hash.hex());
  return (await asked(begun.finish, { method: "POST", body: end })).page;
}

function stop() {
  sending.hidden = true;
  submit.disabled = false;
  return null;
}

function progress(at, file) {
  const share = Math.floor((at / file.size) * 100);
  document.getElementById("sending-bar").value = share;
  document.getElementById("sending-bytes").textContent = `${told(at)} of ${told(file.size)}`;
  if (!paused) say(`Sending ${file.name}, ${share} %`);
}

async function bytes(file, from, to) {
  try {
    return new Uint8Array(await file.slice(from, to).arrayBuffer());
  } catch {
    throw new Error(`“${file.name}” changed or went away while it was sent. Choose it again.`);
  }
}

// One answer, however often the connection breaks. `where` answers how far the server is when a piece is asked twice.
async function asked(address, request, where) {
  for (let attempt = 0; ; attempt++) {
    while (paused && !stopped) await later(0.2);
    try {
      const answer = await fetch(attempt && where ? where : address, {
        ...(attempt && where ? {} : request),
        headers: { "x-csrftoken": token },
        redirect: "error",
      });
      if (answer.ok || answer.status === 409) return await answer.json();
      if (answer.status < 500) throw new Refused((await sentence(answer)) || "The server did not take this file. Load the page again.");
      if (answer.status === 507) throw new Refused(await sentence(answer));
    } catch (wrong) {
      if (wrong instanceof Refused) throw wrong;
    }
    if (stopped) throw new Error("");
    const seconds = WAIT[Math.min(attempt, WAIT.length - 1)];
    say(`The connection is broken; trying again in ${seconds} s. Nothing that was sent is lost.`);
    await later(seconds);
  }
}

class Refused extends Error {}

async function sentence(answer) {
  try {
    return (await answer.json()).sentence;
  } catch {
    return "";
  }
}

const later = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
