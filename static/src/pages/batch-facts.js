// What the files of a batch say: accepted, or a clock set right, with one press; undone with another.
import { $, $$ } from "../page.js";
import { ask } from "../http.js";
import { onKey } from "../keys.js";
import { toast } from "../toast.js";

const holder = $("#batch-facts");
const SAID = "acervo-batch-facts"; // what to say after the page came anew

for (const form of $$("form[data-json]", holder)) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = $("button", form);
    button.disabled = true;
    try {
      const answer = await ask(form.action, { method: "POST", json: JSON.parse(form.dataset.json) });
      sessionStorage.setItem(SAID, JSON.stringify(answer));
      location.assign(location.pathname);
    } catch (error) {
      button.disabled = false;
      toast(error.message, { kind: "bad" });
    }
  });
}
onKey("Enter", () => {
  const all = $("[data-accept-all]", holder);
  all?.click();
  return Boolean(all);
});

const said = JSON.parse(sessionStorage.getItem(SAID) ?? "null");
sessionStorage.removeItem(SAID);
if (said) {
  toast(said.message, { kind: "done", undo: async () => {
    await ask(holder.dataset.undo.replace("/0/", `/${said.change_id}/`), { method: "POST", json: {} });
    location.reload();
  } });
}
