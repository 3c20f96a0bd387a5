// The bin: back with one press, and undone with another.
import { $, $$ } from "../page.js";
import { ask } from "../http.js";
import { toast } from "../toast.js";

const holder = $("#bin");
for (const form of $$("form[data-json]", holder)) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const line = form.closest(".binned-one");
    try {
      const answer = await ask(form.action, { method: "POST", json: JSON.parse(form.dataset.json) });
      line.hidden = true;
      toast(answer.message, { kind: "done", undo: async () => {
        await ask(holder.dataset.undo.replace("/0/", `/${answer.change_id}/`), { method: "POST", json: {} });
        line.hidden = false;
      } });
      if ($$(".binned-one:not([hidden])", holder).length === 0) location.reload();
    } catch (error) {
      toast(error.message, { kind: "bad" });
    }
  });
}
