// Keys of the page: never while somebody types or a dialog asks something.

const handlers = new Map();

/** Calls `handler(event)` for a key such as "x", "Enter", "?" (with `ctrl` for ctrl or ⌘). Returns a function that ends it. */
export function onKey(key, handler, { ctrl = false } = {}) {
  const name = named(key, ctrl);
  const list = handlers.get(name) ?? [];
  list.push(handler);
  handlers.set(name, list);
  return () => list.splice(list.indexOf(handler), 1);
}

/** Does the key belong to a field or an open dialog? */
export function isTyping(event) {
  const at = event.target;
  if (document.querySelector("dialog[open]")) return true;
  return at instanceof HTMLElement && (at.isContentEditable || at.matches("textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=button])"));
}

const named = (key, ctrl) => (ctrl ? "ctrl+" : "") + (key.length === 1 ? key.toLowerCase() : key);

const GOES = { b: "/buscar", e: "/eventos", f: "/personas", m: "/municipios" };
let going = false;

export function wireKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || isTyping(event)) return;
    if (event.key === "Escape" && document.querySelector("details.menu[open]")) return; // it closes the menu, nothing more
    const ctrl = event.ctrlKey || event.metaKey;
    if (going && !ctrl && GOES[event.key.toLowerCase()]) {
      event.preventDefault();
      location.assign(GOES[event.key.toLowerCase()]);
      return;
    }
    going = !ctrl && event.key === "g";
    // The newest handler wins, so that a panel's keys go before those of the page below it.
    const handler = handlers.get(named(event.key, ctrl))?.at(-1);
    if (!handler || (event.key === "Enter" && event.target.closest?.("a, button, summary"))) return;
    if (handler(event) !== false) event.preventDefault();
  });
  onKey("/", () => {
    const box = document.getElementById("q");
    box?.focus();
    box?.select();
  });
}
