// What is done to material from the queue, a selection or its page: approve, reject, minors, withdraw, published.
import { $, $$ } from "../page.js";
import { ask } from "../http.js";
import { toast } from "../toast.js";
import { openDialog } from "../dialog.js";

const DEEDS = {
  approve: { to: "/revisar/decidir", says: { verdict: "approved" } },
  reject: { to: "/revisar/decidir", says: { verdict: "rejected" }, dialog: "reject" },
  "minors-yes": { to: "/material/menores", says: { minors: "yes" } },
  "minors-no": { to: "/material/menores", says: { minors: "no" } },
  withdraw: { to: "/material/retirar", says: {}, dialog: "withdraw" },
  reinstate: { to: "/material/reponer", says: {} },
  publish: { to: "/material/publicaciones", says: {}, dialog: "publish" },
};

/** Does ``deed`` to what ``said`` names, asking first for what it needs. ``after(said)`` once it is done,
    ``back()`` once it was taken back. False when nothing happened. */
export async function release(deed, said, { after, back, more = {} } = {}) {
  const { to, says, dialog } = DEEDS[deed];
  const told = dialog ? await fromDialog(dialog) : {};
  if (!told) return false;
  const body = { ...said, ...says, ...told, ...more };
  try {
    const answer = await ask(to, { method: "POST", json: body });
    after?.(body, answer);
    toast(answer.message, { kind: "done", undo: takeBack(answer, back) });
    return true;
  } catch (error) {
    toast(error.message, { kind: "bad" });
    return false;
  }
}

function takeBack(answer, back) {
  if (answer.change_id) {
    return async () => {
      const told = await ask(`/cambios/${answer.change_id}/deshacer`, { method: "POST", json: {} });
      if (told.kept?.length) toast(told.message);
      back?.();
    };
  }
  if (!answer.publications?.length) return undefined;
  return async () => {
    for (const id of answer.publications) await ask(`/publicaciones/${id}/quitar`, { method: "POST", json: {} });
    back?.();
  };
}

// What the form of a dialog says, null when it was closed without.
function fromDialog(name) {
  const dialog = openDialog(`release-${name}`);
  if (!dialog) return Promise.resolve(null);
  const form = $(`[data-release-form="${name}"]`, dialog);
  const quick = $$("[data-reason]", form);
  const first = form.querySelector("input, select, textarea");
  if (name === "reject") form.reset();
  first?.focus();
  return new Promise((resolve) => {
    const end = (told) => {
      form.onsubmit = null;
      dialog.onclose = null;
      if (dialog.open) dialog.close();
      resolve(told);
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      end(Object.fromEntries([...new FormData(form)].filter(([key]) => key !== "csrf_token")));
    };
    for (const button of quick) {
      button.onclick = () => end({ reason: button.dataset.reason });
    }
    dialog.onclose = () => end(null);
  });
}

/** The buttons of a selection's bar. ``said()`` names what is chosen; ``after(deed, said)`` once it is done. */
export function wireBar(bar, said, after) {
  for (const button of $$("[data-release]", bar)) {
    button.onclick = () => {
      button.closest("details.menu")?.removeAttribute("open");
      const chosen = said();
      const deed = button.dataset.release;
      if (!chosen) return;
      release(deed, chosen, { after: () => after(deed, chosen), back: () => (deed === "withdraw" ? location.reload() : after(deed, chosen)) });
    };
  }
}
