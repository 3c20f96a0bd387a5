// Dialogs are the browser's own; sheets are rails that rise from below on a phone.

export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
  return dialog;
}

export function closeDialog(id) {
  document.getElementById(id)?.close();
}

let opener = null;

export function openSheet(id) {
  const sheet = document.getElementById(id);
  if (!sheet) return;
  opener = document.activeElement;
  sheet.classList.add("open");
  document.body.classList.add("sheet-open");
  (sheet.querySelector("[autofocus]") ?? sheet.querySelector("[data-closes-sheet]"))?.focus();
}

export function closeSheet(id) {
  const open = id ? document.getElementById(id) : document.querySelector(".sheet.open");
  if (!open?.classList.contains("open")) return;
  open.classList.remove("open");
  document.body.classList.remove("sheet-open");
  opener?.focus();
}

export function wireDialogs() {
  document.addEventListener("click", (event) => {
    const at = event.target;
    const opens = at.closest("[data-opens]");
    if (opens) {
      opens.closest("details")?.removeAttribute("open");
      openDialog(opens.dataset.opens);
    }
    const sheet = at.closest("[data-opens-sheet]");
    if (sheet) openSheet(sheet.dataset.opensSheet);
    else if (at.closest("[data-closes-sheet]") || (at === document.body && at.classList.contains("sheet-open"))) closeSheet();
    if (at instanceof HTMLDialogElement && at.open && isOutside(at, event)) at.close();
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(at) || at.closest(".menu-list a, .menu-list button")) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (!document.querySelector("dialog[open]") && document.querySelector(".sheet.open")) {
      closeSheet();
    } else {
      return;
    }
    event.preventDefault();
  });
}

// A click on the veil reaches the dialog itself, outside its box.
function isOutside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
