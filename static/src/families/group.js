// What is chosen becomes files of one material, or one stack; and out of its stacks again.
import { $$ } from "../page.js";
import { ask } from "../http.js";
import { toast } from "../toast.js";

const DEEDS = { join: "/material/juntar", stack: "/pilas", apart: "/pilas/sacar" };

/** The buttons of a selection's bar. ``said()`` names what is chosen; ``after()`` once it is done or undone. */
export function wireGroups(bar, said, after) {
  for (const button of $$("[data-group]", bar)) {
    button.onclick = async () => {
      button.closest("details.menu")?.removeAttribute("open");
      const chosen = said();
      if (!chosen) return;
      try {
        const answer = await ask(DEEDS[button.dataset.group], { method: "POST", json: chosen });
        const undo = answer.change_id && (async () => {
          await ask(`/cambios/${answer.change_id}/deshacer`, { method: "POST", json: {} });
          after();
        });
        toast(answer.message, { kind: "done", undo: undo || undefined });
        after();
      } catch (error) {
        toast(error.message, { kind: "bad" });
      }
    };
  }
}
