// The search box of every page: what one may mean is offered while one types, with how much there is of it.
import { $, el } from "../page.js";
import { ask } from "../http.js";

const PAUSE = 120; // milliseconds of rest before asking
const SOURCE = "/sugerir/busqueda";

export function wireSearchBox() {
  const box = $("#q");
  const form = box?.form;
  if (!form) return;
  const list = el("ul", { class: "typeahead-list box-list", role: "listbox", id: "q-list", hidden: true, "aria-label": $(".bar-hint .wide", form).textContent });
  form.append(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", "q-list"]]) box.setAttribute(name, value);
  let found = [];
  let active = -1;
  let clock = 0;
  let asking = null;

  function close() {
    clearTimeout(clock);
    asking?.abort();
    found = [];
    point(-1);
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
  }

  function point(place) {
    active = place;
    for (const [index, line] of [...list.children].entries()) line.setAttribute("aria-selected", String(index === active));
    if (active >= 0) box.setAttribute("aria-activedescendant", list.children[active].id);
    else box.removeAttribute("aria-activedescendant");
  }

  async function suggest() {
    asking?.abort();
    const text = box.value.trim();
    if (text.length === 1) return close();
    asking = new AbortController();
    let answer;
    try {
      answer = await ask(`${SOURCE}?q=${encodeURIComponent(text)}`, { signal: asking.signal });
    } catch {
      return; // what was typed can be searched all the same
    }
    if (box.value.trim() !== text) return; // more was typed meanwhile: that is asked soon
    found = answer;
    if (!found.length || document.activeElement !== box) return close();
    list.replaceChildren(...found.map((one, place) => el("li", { role: "option", id: `q-${place}`, "aria-selected": "false" },
      el("span", { class: "option-text" }, one.text), el("span", { class: "quiet" }, one.note), el("span", { class: "count" }, String(one.count)))));
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    point(-1);
  }

  function go(place) {
    const address = found[place].value;
    close();
    box.value = new URL(address, location.href).searchParams.get("q") ?? "";
    box.blur();
    const asked = new CustomEvent("search:go", { cancelable: true, detail: { address } });
    if (document.dispatchEvent(asked)) location.assign(address);
  }

  // An empty box offers what was searched last.
  box.addEventListener("focus", () => {
    if (!box.value.trim()) suggest();
  });
  box.addEventListener("input", () => {
    clearTimeout(clock);
    clock = setTimeout(suggest, PAUSE);
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const open = !list.hidden;
    if (event.key === "ArrowDown" && open) point((active + 2) % (found.length + 1) - 1);
    else if (event.key === "ArrowUp" && open) point((active + found.length + 1) % (found.length + 1) - 1);
    else if (event.key === "Enter" && open && active >= 0) go(active);
    else if (event.key === "Escape" && open) close();
    else if (event.key === "Escape") return box.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  form.addEventListener("submit", close);
  box.addEventListener("blur", () => setTimeout(close, PAUSE));
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const place = [...list.children].indexOf(event.target.closest("[role=option]"));
    if (place >= 0) go(place);
  });
}
