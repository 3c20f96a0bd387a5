// The thin line of months at the right edge: where one is, and a way to any month.
import { $, $$ } from "../page.js";

/** Once a page; returns what marks the month one sees. */
export function wireTimeline(line, desk) {
  if (!line) return () => {};
  const shown = (month) => desk.grid && $(`.month[data-month="${month}"]`, desk.grid.root);
  line.addEventListener("click", (event) => {
    const tick = event.target.closest("[data-month]");
    const section = tick && shown(tick.dataset.month);
    if (!section) return; // not here yet: the link searches that month
    event.preventDefault();
    event.stopPropagation();
    scrollTo({ top: section.getBoundingClientRect().top + scrollY - 64 });
  });
  let waiting = false;
  const mark = () => {
    waiting = false;
    const here = desk.grid?.firstInView()?.closest(".month")?.dataset.month;
    for (const tick of $$("[data-month]", line)) tick.classList.toggle("here", tick.dataset.month === here);
  };
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(mark);
  }, { passive: true });
  return mark;
}
