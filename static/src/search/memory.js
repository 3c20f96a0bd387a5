// What the archive remembers of one's searching: saved searches, and the last ones. All of it beside the pictures.
import { $ } from "../page.js";
import { ask } from "../http.js";
import { toast } from "../toast.js";

let told = ""; // the search that was told last: scrolling and going back say nothing new

/** Tell the archive what was searched, once its pictures are there. */
export async function remember(results) {
  const said = $("[data-searched]", results ?? document)?.dataset.searched;
  if (!said || said === told) return;
  told = said;
  try {
    await ask("/buscar/recordar", { method: "POST", form: { query: said } });
  } catch {
    told = ""; // nobody waits for it
  }
}

/** The saved searches in the rail, with what is new in each. */
export async function loadSaved() {
  const box = $("#saved");
  if (!box) return;
  try {
    const answer = await fetch(box.dataset.source, { headers: { "X-Requested-With": "fetch", Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    box.replaceChildren(...[...page.body.childNodes].map((node) => document.adoptNode(node)));
  } catch {
    // the link that stands there leads to the same list
  }
}

/** The dialog that saves the search one sees, and the list that deletes with a way back. */
export function wireSaving(current) {
  const form = $("[data-save-search]");
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-saves-search]") || !form) return;
    form.elements.namedItem("query").value = current();
    const name = form.elements.namedItem("name");
    name.value = $("#q")?.value ?? "";
    name.select();
  });
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await ask(form.action, { method: "POST", form: new FormData(form) });
      form.closest("dialog").close();
      toast(answer.message, { kind: "done" });
      loadSaved();
    } catch (error) {
      toast(error.message, { kind: "bad" });
    }
  });
  document.addEventListener("submit", async (event) => {
    const taken = event.target.closest("[data-removes-search]");
    if (!taken) return;
    event.preventDefault();
    try {
      const answer = await ask(taken.action, { method: "POST", form: new FormData(taken) });
      taken.closest("tr").remove();
      toast(answer.message, { undo: async () => {
        await ask("/buscar/guardadas", { method: "POST", form: answer.again });
        location.reload();
      } });
    } catch (error) {
      toast(error.message, { kind: "bad" });
    }
  });
}
