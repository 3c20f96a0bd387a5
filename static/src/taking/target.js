// What a dialog is for: what its button names, else what is selected in the grid.
import { token } from "../http.js";

/** {ids}, {query, except} or {collection}; null when nothing is chosen. */
export function targetOf(button, desk) {
  const { ids, query, collection } = button?.dataset ?? {};
  if (collection) return { collection };
  if (ids) return { ids: ids.split(",").map(Number) };
  if (query !== undefined) return { query: query || "order=newest", except: [] };
  const selection = desk?.selection;
  if (selection?.size) return selection.said();
  if (desk?.grid?.current) return { ids: [Number(desk.grid.current.dataset.id)] };
  return null;
}

/** Ids where the server has to be asked for them: all of a search but some. */
export async function plain(target, summary) {
  if (!target.except?.length) return target;
  const answer = await fetch(`${summary}/ids`, { method: "POST", body: JSON.stringify(target),
    headers: { "Content-Type": "application/json", "X-CSRFToken": token(), "X-Requested-With": "fetch" } });
  return { ids: (await answer.json()).ids };
}
