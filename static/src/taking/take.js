// Which formats to take, with the number of files and their size before anything is made.
import { $, $$ } from "../page.js";
import { ask, token } from "../http.js";
import { openDialog, closeDialog } from "../dialog.js";
import { targetOf, plain } from "./target.js";

const KEPT = "taking.formats";

export function wireTaking(desk) {
  const dialog = $("#taking");
  if (!dialog) return;
  const form = $(".taking", dialog);
  const said = $("[data-said]", form);
  const go = $(".taking-foot .button", form);
  const boxes = $$("input[name=preset]", form);
  let clock = 0;
  let asking = null;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-takes]");
    if (!button) return;
    button.closest("details")?.removeAttribute("open");
    const target = targetOf(button, desk);
    if (!target) return;
    const named = await plain(target, $("#selection")?.dataset.summary);
    form.elements.ids.value = (named.ids ?? []).join(",");
    form.elements.query.value = named.query ?? "";
    form.elements.collection.value = named.collection ?? "";
    openDialog("taking");
    count();
  });

  const kept = new Set((localStorage.getItem(KEPT) ?? "web-2048").split(" "));
  for (const box of boxes) box.checked = kept.has(box.value);
  form.addEventListener("change", count);
  for (const pack of $$("[data-pack]", form)) {
    pack.addEventListener("click", () => {
      const wanted = new Set(pack.dataset.pack.split(" "));
      const on = pack.getAttribute("aria-pressed") !== "true";
      for (const box of boxes) if (wanted.has(box.value)) box.checked = on;
      count();
    });
  }

  function count() {
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    for (const pack of $$("[data-pack]", form)) {
      const whole = pack.dataset.pack.split(" ").every((key) => chosen.includes(key) || !boxes.some((box) => box.value === key));
      pack.setAttribute("aria-pressed", String(whole));
    }
    asking?.abort();
    clearTimeout(clock);
    go.disabled = !chosen.length;
    said.textContent = chosen.length ? form.dataset.counting : form.dataset.none;
    if (chosen.length) clock = setTimeout(estimate, 200);
  }

  async function estimate() {
    asking = new AbortController();
    try {
      const answer = await ask(form.dataset.estimate, { method: "POST", form: new FormData(form), signal: asking.signal });
      said.textContent = answer.too_many ? form.dataset.many : answer.said;
      go.disabled = answer.too_many || !answer.files;
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = error.message;
    }
  }

  form.addEventListener("submit", () => {
    localStorage.setItem(KEPT, boxes.filter((box) => box.checked).map((box) => box.value).join(" "));
    form.elements.csrf_token.value = token();
    closeDialog("taking");
  });
}
