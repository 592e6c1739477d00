// Draws every <div data-chart="id of the JSON script" data-vega="address of the bundle">.
// The specs come from apps/pages/charts.py. Expressions are interpreted (ast), never compiled, so the
// Content-Security-Policy needs no unsafe-eval; there is no tooltip and no embed stylesheet, so it needs no inline style.

async function draw(place) {
  const spec = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  const { vegaEmbed } = await import(place.dataset.vega);
  await vegaEmbed(place, spec, {
    mode: "vega-lite",
    renderer: "svg",
    ast: true,
    actions: false,
    defaultStyle: false,
    tooltip: false,
    hover: false,
  });
  place.classList.add("is-drawn");
}

function drawAll(root) {
  for (const place of root.querySelectorAll("[data-chart]:not(.is-drawn, .is-drawing)")) {
    place.classList.add("is-drawing");
    draw(place).catch((problem) => {
      place.textContent = "The chart could not be drawn here; its numbers are in the table beneath.";
      console.warn(problem);
    });
  }
}

drawAll(document);
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.detail.elt.parentElement ?? document));
