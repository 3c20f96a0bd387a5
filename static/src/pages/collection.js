// The page of a collection: what is selected may be taken out, or become its cover.
import { $, el } from "../page.js";
import { ask } from "../http.js";
import { toast } from "../toast.js";

const page = $("[data-collection-page]");
const bar = $("#selection");
const chosen = () => [...document.querySelectorAll(".card.chosen")].map((card) => Number(card.dataset.id));

async function tell(address, json, after) {
  try {
    const answer = await ask(address, { method: "POST", json });
    after?.();
    toast(answer.message, { undo: async () => {
      await ask(page.dataset.undo.replace("/0/", `/${answer.change_id}/`), { method: "POST", json: {} });
      location.reload();
    } });
  } catch (error) {
    toast(error.message, { kind: "bad" });
  }
}

function button(words, onclick) {
  const menu = $("[data-more-deeds]", bar);
  const made = el("button", { type: "button", class: menu ? "" : "button quiet", onclick }, words);
  if (menu) menu.prepend(made);
  else bar.append(made);
  return made;
}

if (page?.dataset.remove) {
  button(page.dataset.takesOut, () => {
    const ids = chosen();
    if (ids.length) tell(page.dataset.remove, { ids }, () => document.dispatchEvent(new CustomEvent("grid:drop", { detail: { ids } })));
  });
}
if (page?.dataset.cover) {
  const cover = button(page.dataset.makesCover, () => {
    const [asset] = chosen();
    if (asset) tell(page.dataset.cover, { asset_id: asset });
  });
  new MutationObserver(() => { cover.hidden = chosen().length !== 1; }).observe($(".selection-count", bar), { childList: true, characterData: true, subtree: true });
}
