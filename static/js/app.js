// What a page needs beyond HTML: pop-over menus that close, and sentences that a fragment sends to the live region.

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Sent by a view as the header HX-Trigger: {"notice": {"text": "…", "kind": "good"}}
document.addEventListener("notice", (event) => {
  const box = document.createElement("div");
  const text = document.createElement("p");
  text.textContent = event.detail.text;
  box.className = `toast notice ${event.detail.kind || "info"}`;
  box.append(text);
  document.getElementById("notices").replaceChildren(box);
});

// After a refused form comes back as a fragment, the first wrong field is where one goes on.
document.addEventListener("htmx:afterSettle", (event) => {
  const wrong = event.detail.elt.querySelector?.("[aria-invalid='true']");
  if (wrong) wrong.focus();
});

// A fragment that cannot be had leaves what is there, and says so.
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, () => {
    document.dispatchEvent(
      new CustomEvent("notice", { detail: { text: "The server did not answer as it should. Load the page again in a moment.", kind: "bad" } }),
    );
  });
}
