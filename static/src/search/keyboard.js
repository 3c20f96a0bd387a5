// The grid's keys: arrows move, Enter opens, space peeks, x selects, a all, d takes, e describes.
import { onKey } from "../keys.js";

const MOVES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];

/** ``desk.grid`` and ``desk.selection`` are those of the search one sees. */
export function wireGridKeys(desk, { open, peek, describe }) {
  const chosen = (does) => () => (desk.grid?.current ? does(desk.grid.current) : false);
  for (const key of MOVES) {
    onKey(key, (event) => {
      const { grid, selection } = desk;
      if (blocked(event) || !grid?.cards.length) return false;
      const from = grid.current;
      const to = grid.step(key);
      if (event.shiftKey && from) {
        selection.anchor ??= from;
        selection.set(from.dataset.id, true);
        selection.reach(to);
      }
      grid.focus(to);
    });
  }
  onKey("x", chosen((card) => desk.selection.toggle(card)));
  onKey("a", () => desk.selection?.everything());
  onKey("a", () => desk.selection?.everything(), { ctrl: true });
  onKey("d", () => {
    if (desk.selection?.size) desk.selection.bar.querySelector("[data-take]").click();
    else if (desk.grid?.current) location.assign(`/descargar/${desk.grid.current.dataset.id}/web`);
  });
  onKey("e", () => describe());
  onKey("Enter", chosen((card) => open(card)));
  onKey(" ", (event) => (blocked(event) || !desk.grid?.current ? false : peek(desk.grid.current)));
  onKey("Escape", () => (desk.selection?.size ? desk.selection.clear() : false));
}

// A button or an open menu keeps its own keys.
function blocked(event) {
  return event.target.closest?.("button, summary, [role=listbox], video, input, .sheet, .describe, .asset") !== null
    && !event.target.closest(".card");
}
