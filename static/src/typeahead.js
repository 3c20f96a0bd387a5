// Typing ahead: an accessible combobox (WAI-ARIA: editable, list autocomplete) fed by an address.
// The markup is the macro typeahead of templates/macros/forms.html, which documents the source's answer.
import { $, $$, el, fill } from "./page.js";
import { ask } from "./http.js";
import { toast } from "./toast.js";

const PAUSE = 120; // milliseconds of rest before asking
const LEAST = 4; // letters of a name that may be new
const wired = new WeakMap();

/** The typeahead that `element` is or lies in. */
export function typeaheadOf(element) {
  return wired.get(element.closest("[data-typeahead]"));
}

/** Brings every typeahead below `root` to life, once. */
export function wire(root = document) {
  for (const box of $$("[data-typeahead]", root)) if (!wired.has(box)) wired.set(box, typeahead(box));
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const same = (one, other) => plain(one) === plain(other);

function typeahead(box) {
  const { source, name, none, remove, found, makes, making, made } = box.dataset;
  const many = "many" in box.dataset;
  const input = $("[role=combobox]", box);
  const list = $("[role=listbox]", box);
  const chips = $(".chips", box);
  const say = $("[data-say]", box);
  let items = [];
  let active = -1;
  let clock = 0;
  let asking = null;

  function add(item, silent = false) {
    if (values().includes(String(item.value))) return;
    if (!many) clear(true);
    chips.append(el("li", { class: "chip" }, el("span", {}, item.text),
      el("button", { type: "button", "aria-label": fill(remove, { name: item.text }) }, "×"),
      el("input", { type: "hidden", name, value: String(item.value) })));
    input.value = "";
    settle();
    if (!silent) tell(item, true);
  }

  function values() {
    return $$("input[type=hidden]", chips).map((kept) => kept.value);
  }

  function clear(silent = false) {
    chips.replaceChildren();
    settle();
    if (!silent) tell(null, false);
  }

  function takeAway(chip) {
    const value = $("input", chip)?.value;
    const text = $("span", chip)?.textContent;
    chip.remove();
    settle();
    input.focus();
    tell({ value, text }, false);
  }

  // A single choice stands where one would type; taking it away gives the line back.
  function settle() {
    const chosen = chips.children.length > 0;
    input.hidden = chosen && !many;
    if ("required" in input.dataset) input.required = !chosen;
    if (input.hidden) $("button", chips)?.focus({ preventScroll: true });
  }

  function tell(item, chosen) {
    box.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: { value: item?.value, text: item?.text, item, chosen } }));
  }

  async function suggest() {
    const text = input.value.trim();
    asking?.abort();
    if (!text) return close();
    asking = new AbortController();
    try {
      const address = new URL(source, location.href);
      address.searchParams.set("q", text);
      const answer = await ask(address, { signal: asking.signal });
      show(Array.isArray(answer) ? answer : (answer?.items ?? []));
    } catch (error) {
      if (error.name !== "AbortError") show([], error.message);
    }
  }

  function show(given, sentence = none) {
    items = given.filter((item) => !values().includes(String(item.value)));
    list.replaceChildren(...(items.length ? items.map(option) : [el("li", { class: "typeahead-none" }, sentence)]));
    const chosenWithKeys = items.length; // a new one is never made by a mere Enter
    const typed = input.value.trim().replace(/\s+/g, " ");
    if (makes && sentence === none && typed.length >= LEAST && !given.some((item) => same(item.text, typed))) {
      const offer = { fresh: typed, text: fill(making, { name: typed }) };
      list.append(option(offer, items.length));
      items.push(offer);
    }
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    say.textContent = chosenWithKeys ? fill(found, { count: chosenWithKeys }) : sentence;
    point(chosenWithKeys ? 0 : -1);
  }

  function option(item, place) {
    return el("li", { role: "option", id: `${list.id}-${place}`, "aria-selected": "false" },
      el("span", { class: "option-text" }, item.text),
      item.note ? el("span", { class: "quiet" }, item.note) : null,
      item.count !== undefined ? el("span", { class: "count" }, String(item.count)) : null);
  }

  function point(place) {
    active = place;
    const options = $$("[role=option]", list);
    for (const [index, shown] of options.entries()) shown.setAttribute("aria-selected", String(index === active));
    const shown = options[active];
    if (items.length && shown) {
      input.setAttribute("aria-activedescendant", shown.id);
      shown.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  function close() {
    asking?.abort();
    clearTimeout(clock);
    items = [];
    active = -1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function accept(place) {
    const item = items[place];
    if (!item) return;
    close();
    if (item.fresh) make(item.fresh);
    else add(item);
  }

  async function make(fresh) {
    try {
      add(await ask(makes, { method: "POST", json: { name: fresh } }));
      toast(fill(made, { name: fresh }), { kind: "done" });
    } catch (error) {
      show([], error.message);
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(clock);
    clock = setTimeout(suggest, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const open = !list.hidden && items.length > 0;
    const pointed = open && active >= 0;
    if (event.key === "ArrowDown" && open) point((active + 1) % items.length);
    else if (event.key === "ArrowDown") suggest();
    else if (event.key === "ArrowUp" && open) point((active - 1 + items.length) % items.length);
    else if ((event.key === "Enter" || event.key === "Tab") && pointed) {
      if (event.key === "Tab" && event.shiftKey) return close();
      accept(active);
    } else if (event.key === "Enter" && input.value.trim() && !("free" in box.dataset)) {
      if (!open) suggest(); // what is offered already stays, and what one points at next
    }
    else if (event.key === "Escape" && !list.hidden) close();
    else if (event.key === "Backspace" && !input.value && many && chips.lastElementChild) takeAway(chips.lastElementChild);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("blur", () => setTimeout(close, PAUSE));
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the line keeps the focus
  list.addEventListener("click", (event) => {
    const place = $$("[role=option]", list).indexOf(event.target.closest("[role=option]"));
    accept(place);
  });
  chips.addEventListener("click", (event) => {
    if (event.target.closest("button")) takeAway(event.target.closest(".chip"));
  });
  const first = chips.children.length > 0;
  input.hidden = first && !many;
  if ("required" in input.dataset) input.required = !first;
  return { values, add, clear, close, focus: () => input.focus(), input, element: box };
}
