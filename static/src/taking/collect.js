// Putting what is selected into a collection: the latest ones first, typing narrows, Enter makes a new one.
import { $, el, fill } from "../page.js";
import { ask } from "../http.js";
import { openDialog, closeDialog } from "../dialog.js";
import { toast } from "../toast.js";
import { onKey } from "../keys.js";
import { targetOf } from "./target.js";

export function wireCollecting(desk) {
  const dialog = $("#collecting");
  if (!dialog) return;
  const form = $(".collecting", dialog);
  const box = $("[data-q]", form);
  const list = $("[data-list]", form);
  const said = $("[data-said]", form);
  let target = null;
  let clock = 0;
  let turn = 0;

  const open = (button) => {
    target = targetOf(button, desk);
    if (!target) return false;
    button?.closest("details")?.removeAttribute("open");
    box.value = "";
    said.textContent = "";
    openDialog("collecting");
    look();
    return true;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-collects]");
    if (button) open(button);
  });
  onKey("c", () => open(null));
  box.addEventListener("input", () => {
    clearTimeout(clock);
    clock = setTimeout(look, 150);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    $("button", list)?.click();
  });

  async function look() {
    const mine = ++turn;
    const name = box.value.trim();
    try {
      const answer = await ask(`${form.dataset.collecting}?q=${encodeURIComponent(name)}`);
      if (mine !== turn) return;
      const rows = answer.map((one) => row(one.text, one.note, () => put(one.value)));
      if (name && !answer.some((one) => one.text.toLowerCase() === name.toLowerCase())) {
        rows.push(row(fill(form.dataset.new, { name }), "", () => make(name)));
        if (target.query !== undefined && !target.except?.length) {
          rows.push(row(fill(form.dataset.smart, { name }), "", () => keepSearch(name)));
        }
      }
      list.replaceChildren(...rows);
      said.textContent = rows.length ? "" : name ? form.dataset.none : form.dataset.first;
    } catch (error) {
      said.textContent = error.message;
    }
  }

  const row = (text, note, onclick) => el("li", {}, el("button", { type: "button", class: "button quiet", onclick },
    el("span", {}, text), note ? el("span", { class: "quiet" }, note) : null));

  async function make(name) {
    try {
      const made = await ask(form.dataset.create, { method: "POST", json: { name } });
      await put(made.value);
    } catch (error) {
      said.textContent = error.message;
    }
  }

  // The whole of a search may also be followed from now on, instead of copied.
  async function keepSearch(name) {
    try {
      const made = await ask(form.dataset.create, { method: "POST", json: { name, query: target.query } });
      location.assign(`${form.dataset.create}/${made.value}`);
    } catch (error) {
      said.textContent = error.message;
    }
  }

  async function put(id) {
    try {
      const answer = await ask(`${form.dataset.create}/${id}/agregar`, { method: "POST", json: target });
      closeDialog("collecting");
      const undo = answer.change_id
        ? () => ask(form.dataset.undo.replace("/0/", `/${answer.change_id}/`), { method: "POST", json: {} }) : undefined;
      toast(answer.message, { undo, link: { href: `${form.dataset.create}/${id}`, text: form.dataset.opensIt } });
    } catch (error) {
      said.textContent = error.message;
    }
  }
}
