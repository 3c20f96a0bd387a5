// The small chart of time in the rail: one bar a month (or more, over many years); drag to choose a span.
import { $, $$ } from "../page.js";

const DRAG = 4; // pixels before a press becomes a span

/** `go(address)` searches. Called for each rail that was loaded. */
export function wireChart(rail, go) {
  const chart = $("[data-chart]", rail);
  if (!chart) return;
  const bars = $$("[data-from]", chart);
  let start = null;
  let dragged = false;

  const at = (x) => {
    let nearest = 0;
    for (const [place, bar] of bars.entries()) if (x >= bar.getBoundingClientRect().left) nearest = place;
    return nearest;
  };
  const mark = (one, other) => {
    const [low, high] = one <= other ? [one, other] : [other, one];
    for (const [place, bar] of bars.entries()) bar.classList.toggle("within", place >= low && place <= high);
    return [low, high];
  };

  chart.addEventListener("dragstart", (event) => event.preventDefault());
  chart.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !bars.length) return;
    start = { place: at(event.clientX), x: event.clientX };
    dragged = false;
    chart.setPointerCapture(event.pointerId);
  });
  chart.addEventListener("pointermove", (event) => {
    if (!start || (!dragged && Math.abs(event.clientX - start.x) < DRAG)) return;
    dragged = true;
    mark(start.place, at(event.clientX));
  });
  const end = (event) => {
    if (!start) return;
    const began = start;
    start = null;
    if (!dragged) return press(bars[began.place]);
    const [low, high] = mark(began.place, at(event.clientX));
    go(spanning(chart.dataset.chart, bars[low].dataset.from, bars[high].dataset.to));
  };
  chart.addEventListener("pointerup", end);
  chart.addEventListener("pointercancel", () => {
    start = null;
    for (const bar of bars) bar.classList.remove("within");
  });
  // With the pointer captured a click lands on the chart; the keyboard still clicks the bar itself.
  chart.addEventListener("click", (event) => {
    if (event.detail === 0) return;
    event.preventDefault();
    event.stopPropagation();
  });

  function press(bar) {
    go(spanning(chart.dataset.chart, bar.dataset.from, bar.dataset.to));
  }
}

function spanning(address, from, to) {
  const [path, query] = address.split("?");
  const args = new URLSearchParams(query ?? "");
  args.set("from", from);
  args.set("to", to);
  return `${path}?${args}`;
}
