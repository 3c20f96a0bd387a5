// A sentence from below, with undo where undo is possible. "z" undoes the newest.
import { $, el } from "./page.js";
import { onKey } from "./keys.js";

const STAY = 8; // seconds; twice as long when there is something to undo
const undos = [];

/** Says `text`. `undo` is an async function; `kind` is done, bad or nothing; `link` {href, text} leads to what was
    done. Returns a function that takes it away. */
export function toast(text, { kind = "", undo, link, seconds } = {}) {
  const holder = $("#toasts");
  const said = el("div", { class: "toast", data: { kind } }, el("span", {}, text));
  const entry = undo && { undo: () => carryOut(entry, undo, leave) };
  if (link) said.append(el("a", { class: "button quiet", href: link.href }, link.text));
  if (entry) {
    undos.push(entry);
    said.append(el("button", { type: "button", class: "button quiet", onclick: entry.undo }, holder.dataset.undo));
  }
  stay(said, leave, seconds ?? (undo ? 2 * STAY : STAY));
  holder.append(said);

  function leave() {
    said.remove();
    if (entry) forget(entry);
  }
  return leave;
}

async function carryOut(entry, undo, leave) {
  leave();
  try {
    await undo();
    toast($("#toasts").dataset.undone, { kind: "done" });
  } catch (error) {
    toast(error.message, { kind: "bad" });
  }
}

function forget(entry) {
  const place = undos.indexOf(entry);
  if (place >= 0) undos.splice(place, 1);
}

// It does not go while one reads it: the clock stops under the pointer and with the focus inside.
function stay(said, leave, seconds) {
  let clock = setTimeout(leave, seconds * 1000);
  const hold = () => clearTimeout(clock);
  const go = () => {
    clearTimeout(clock);
    clock = setTimeout(leave, seconds * 1000);
  };
  said.addEventListener("pointerenter", hold);
  said.addEventListener("focusin", hold);
  said.addEventListener("pointerleave", go);
  said.addEventListener("focusout", go);
}

/** Toasts that came with the page (flash); all of them stand above a bar that rose from below. */
export function wireToasts() {
  const bars = document.querySelectorAll(".rise");
  const watch = new ResizeObserver(() => {
    const heights = [...bars].map((bar) => bar.offsetHeight);
    document.body.style.setProperty("--risen", `${Math.max(0, ...heights)}px`);
  });
  for (const bar of bars) watch.observe(bar);
  for (const said of document.querySelectorAll("#toasts .toast")) stay(said, () => said.remove(), STAY);
  onKey("z", () => undos.at(-1)?.undo());
}
