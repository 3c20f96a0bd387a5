// Selecting as in a file manager: the check, shift, ctrl, a frame drawn with the pointer, x, and all of the search.
import { $, fill } from "../page.js";
import { ask, token } from "../http.js";
import { toast } from "../toast.js";

const DRAG = 6; // pixels before a press becomes a frame

export class Selection extends EventTarget {
  constructor(grid, bar) {
    super();
    this.grid = grid;
    this.bar = bar;
    this.ids = new Set();
    this.all = false; // everything the search finds, but ``except``
    this.except = new Set();
    this.anchor = null;
    this.wirePointer();
    this.wireBar();
    grid.root.addEventListener("grid:grew", () => this.show());
  }

  get size() {
    return this.all ? this.grid.total - this.except.size : this.ids.size;
  }

  has(id) {
    return this.all ? !this.except.has(id) : this.ids.has(id);
  }

  /** The search as it was when its results were shown: what arrived since is not meant. */
  get query() {
    const args = new URLSearchParams(this.grid.args);
    if (!args.has("until") && this.grid.root.dataset.asked) args.set("until", this.grid.root.dataset.asked);
    return args.toString();
  }

  /** What a request says of it: ids, or the search itself. */
  said() {
    return this.all
      ? { query: this.query, except: [...this.except].map(Number) }
      : { ids: [...this.ids].map(Number) };
  }

  set(id, chosen) {
    if (this.all) this.except[chosen ? "delete" : "add"](id);
    else this.ids[chosen ? "add" : "delete"](id);
  }

  toggle(card) {
    this.set(card.dataset.id, !this.has(card.dataset.id));
    this.anchor = card;
    this.show();
  }

  reach(card) {
    const cards = this.grid.cards;
    const from = Math.max(0, cards.indexOf(this.anchor));
    const to = cards.indexOf(card);
    for (const each of cards.slice(Math.min(from, to), Math.max(from, to) + 1)) this.set(each.dataset.id, true);
    this.show();
  }

  everything() {
    if (!this.grid.cards.length) return;
    this.ids.clear();
    this.except.clear();
    if (this.grid.next) this.all = true;
    else for (const card of this.grid.cards) this.ids.add(card.dataset.id);
    this.show();
  }

  clear() {
    this.all = false;
    this.ids.clear();
    this.except.clear();
    this.show();
  }

  /** Select just these, for the time one describes what is under the focus. */
  only(card) {
    this.clear();
    this.toggle(card);
  }

  show() {
    for (const card of this.grid.cards) {
      const chosen = this.has(card.dataset.id);
      if (chosen === card.classList.contains("chosen")) continue;
      card.classList.toggle("chosen", chosen);
      card.querySelector(".card-check").setAttribute("aria-pressed", String(chosen));
    }
    this.grid.root.classList.toggle("choosing", this.size > 0);
    if (this.bar) this.showBar();
    this.dispatchEvent(new Event("change"));
  }

  // the pointer

  wirePointer() {
    const root = this.grid.root;
    root.addEventListener("click", (event) => {
      const card = event.target.closest(".card");
      if (!card) return;
      if (this.dragged) {
        event.preventDefault();
        event.stopImmediatePropagation();
        this.dragged = false;
        return;
      }
      const check = event.target.closest(".card-check");
      if (event.shiftKey) this.reach(card);
      else if (check || event.ctrlKey || event.metaKey || this.size) this.toggle(card);
      else return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.grid.focus(card);
    }, true);
    root.addEventListener("pointerdown", (event) => this.press(event));
    root.addEventListener("dragstart", (event) => event.preventDefault());
  }

  press(event) {
    this.dragged = false;
    if (event.pointerType === "touch") return this.hold(event);
    if (event.button !== 0 || event.target.closest(".card-check")) return;
    const root = this.grid.root;
    const start = { x: event.pageX, y: event.pageY };
    const had = event.shiftKey || event.ctrlKey || event.metaKey || this.size ? new Set(this.ids) : new Set();
    let frame = null;
    let last = event;
    let clock = 0;
    const draw = () => {
      const here = { x: last.clientX + scrollX, y: last.clientY + scrollY };
      const box = { left: Math.min(start.x, here.x), top: Math.min(start.y, here.y),
        right: Math.max(start.x, here.x), bottom: Math.max(start.y, here.y) };
      Object.assign(frame.style, { left: `${box.left}px`, top: `${box.top}px`,
        width: `${box.right - box.left}px`, height: `${box.bottom - box.top}px` });
      this.all = false;
      this.ids = new Set(had);
      const touches = (element) => {
        const at = element.getBoundingClientRect();
        return at.left + scrollX < box.right && at.right + scrollX > box.left
          && at.top + scrollY < box.bottom && at.bottom + scrollY > box.top;
      };
      for (const { element, rows } of this.grid.sections.values()) {
        if (!touches(element)) continue;
        for (const row of rows.children) {
          if (!touches(row)) continue;
          for (const card of row.children) if (touches(card)) this.ids.add(card.dataset.id);
        }
      }
      this.show();
    };
    const move = (moved) => {
      last = moved;
      if (!frame && Math.hypot(moved.pageX - start.x, moved.pageY - start.y) < DRAG) return;
      if (!frame) {
        frame = document.createElement("div");
        frame.className = "marquee";
        document.body.append(frame);
        root.classList.add("framing");
        clock = setInterval(() => { // near an edge the page follows
          const by = last.clientY < 90 ? -16 : last.clientY > innerHeight - 60 ? 16 : 0;
          if (by) {
            scrollBy(0, by);
            draw();
          }
        }, 16);
      }
      draw();
    };
    const end = () => {
      clearInterval(clock);
      this.dragged = frame !== null;
      frame?.remove();
      root.classList.remove("framing");
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  // A finger that rests on a picture selects it.
  hold(event) {
    const card = event.target.closest(".card");
    if (!card) return;
    const stop = () => {
      clearTimeout(clock);
      for (const name of ["pointerup", "pointercancel", "pointermove", "scroll"]) removeEventListener(name, over);
    };
    const over = (moved) => {
      if (moved.type !== "pointermove" || Math.hypot(moved.clientX - event.clientX, moved.clientY - event.clientY) > 12) stop();
    };
    const clock = setTimeout(() => {
      stop();
      this.toggle(card);
      this.dragged = true; // the click that follows is not a click
      navigator.vibrate?.(10);
    }, 450);
    for (const name of ["pointerup", "pointercancel", "pointermove", "scroll"]) addEventListener(name, over);
    card.addEventListener("contextmenu", (menu) => menu.preventDefault(), { once: true });
  }

  // the bar

  wireBar() {
    if (!this.bar) return;
    // Assigned, not added: another search brings another selection to the same bar.
    $("[data-clear]", this.bar).onclick = () => this.clear();
    $("[data-select-all]", this.bar).onclick = () => this.everything();
    $(".selection-take", this.bar).onsubmit = (event) => this.take(event);
    const bin = $("[data-bin]", this.bar);
    if (bin) bin.onclick = () => this.toBin();
  }

  showBar() {
    const count = this.size;
    this.bar.hidden = !count;
    document.body.classList.toggle("has-selection", count > 0);
    if (!count) return;
    const said = $(".selection-count", this.bar);
    const number = count.toLocaleString(document.documentElement.lang);
    const words = count === 1 ? said.dataset.one : fill(said.dataset.many, { count: number });
    said.textContent = words;
    const every = $("[data-select-all]", this.bar);
    every.hidden = this.all || count >= this.grid.total || this.grid.root.dataset.more === undefined;
    every.textContent = fill(every.dataset.says, { count: this.grid.total.toLocaleString(document.documentElement.lang) });
    clearTimeout(this.summing);
    this.asking?.abort();
    this.summing = setTimeout(() => this.sum(words), 250);
  }

  async sum(words) {
    this.asking = new AbortController();
    const said = $(".selection-count", this.bar);
    try {
      const answer = await ask(this.bar.dataset.summary, { method: "POST", json: this.said(), signal: this.asking.signal });
      said.textContent = `${words} · ${fill(said.dataset.size, { size: answer.size })}`;
      const original = $("[data-original]", this.bar);
      if (original) original.hidden = answer.may_take_original < answer.count;
      for (const [button, may] of [["[data-describe]", answer.may_describe], ["[data-bin]", answer.may_bin]]) {
        const shown = $(button, this.bar);
        if (shown) shown.disabled = may < answer.count;
      }
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = `${words} · ${error.message}`;
    }
  }

  // One picture comes as it is; several come in one zip.
  take(event) {
    const form = event.currentTarget;
    const preset = event.submitter?.name === "preset" ? event.submitter.value : "web";
    if (this.size === 1 && !this.all) {
      event.preventDefault();
      location.assign(`/descargar/${[...this.ids][0]}/${preset}`);
      return;
    }
    const whole = this.all && !this.except.size;
    form.elements.namedItem("ids").value = whole ? "" : this.all ? "" : [...this.ids].join(",");
    form.elements.namedItem("query").value = whole ? this.query : "";
    form.querySelector("input[name=preset]").disabled = event.submitter?.name === "preset";
    form.querySelector("input[name=csrf_token]").value = token();
    if (this.all && !whole) {
      event.preventDefault();
      this.takeMost(form, preset);
    }
  }

  // All of the search but some: the server tells the ids first.
  async takeMost(form, preset) {
    const answer = await ask(`${this.bar.dataset.summary}/ids`, { method: "POST", json: this.said() });
    form.elements.namedItem("ids").value = answer.ids.join(",");
    form.elements.namedItem("query").value = "";
    const field = form.querySelector("input[name=preset]");
    field.disabled = false;
    field.value = preset;
    form.submit();
  }

  async toBin() {
    const button = $("[data-bin]", this.bar);
    const ids = this.grid.cards.map((card) => card.dataset.id).filter((id) => this.has(id));
    try {
      const answer = await ask(button.dataset.bin, { method: "POST", json: this.said() });
      this.clear();
      this.grid.drop(ids);
      toast(answer.message, { undo: () => undo(this.bar, answer.change_id).then(() => location.reload()) });
    } catch (error) {
      toast(error.message, { kind: "bad" });
    }
  }
}

/** Takes a change back. Says so when something stayed because it was edited since. */
export async function undo(bar, changeId) {
  const answer = await ask(bar.dataset.undo.replace("/0/", `/${changeId}/`), { method: "POST", json: {} });
  if (answer.kept?.length) toast(answer.message);
  return answer;
}
