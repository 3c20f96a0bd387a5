// Loaded by every page: keys, toasts, dialogs, typing ahead, copying.
import { $$ } from "../page.js";
import { onKey, wireKeys } from "../keys.js";
import { openDialog, wireDialogs } from "../dialog.js";
import { toast, wireToasts } from "../toast.js";
import { wire } from "../typeahead.js";
import { wireSearchBox } from "../search/box.js";

wireKeys();
wireDialogs();
wireToasts();
wire();
wireSearchBox();
onKey("?", () => openDialog("keys"));

// <button data-copies="element-id" data-copied="Copied.">
for (const button of $$("[data-copies]")) {
  button.addEventListener("click", async () => {
    const held = document.getElementById(button.dataset.copies);
    const text = held.value ?? held.textContent;
    try {
      await navigator.clipboard.writeText(text.trim());
      toast(button.dataset.copied, { kind: "done" });
    } catch {
      held.select?.(); // no clipboard without HTTPS: the text is selected instead, for ctrl+c
      held.focus();
    }
  });
}

// <form data-busy="It is being made…">: what takes a while says so, and is asked for once.
for (const form of $$("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter ?? form.querySelector("button");
    if (button.getAttribute("aria-disabled") === "true") return event.preventDefault();
    button.setAttribute("aria-disabled", "true");
    button.textContent = form.dataset.busy;
    return undefined;
  });
}

// <select data-submits>: a filter that needs no button.
for (const chooser of $$("[data-submits]")) chooser.addEventListener("change", () => chooser.form.requestSubmit());

// <fieldset data-shown-when="role=liaison">: a part of a form that belongs to one choice.
for (const part of $$("[data-shown-when]")) {
  const [name, value] = part.dataset.shownWhen.split("=");
  const chooser = part.closest("form").elements.namedItem(name);
  const show = () => {
    part.hidden = chooser.value !== value;
  };
  chooser.addEventListener("change", show);
  show();
}

// A form in a dialog that was refused comes back open.
for (const mark of $$("[data-opens-now]")) openDialog(mark.dataset.opensNow);
