// All shapes of one picture at once: one point moves them all, a chosen one moves alone.
import { $, data, el, fill } from "../page.js";
import { ask } from "../http.js";
import { toast } from "../toast.js";
import { around, moved, scaled } from "./geometry.js";

const STEP = 0.005; // parts of the picture that an arrow key moves; Shift: ten times that
const SETTLE = 600; // milliseconds after the last key before the archive is told
const LOOK_AGAIN = 1500;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Desk {
  constructor(root) {
    this.root = root;
    this.says = root.dataset;
    this.movable = "movable" in root.dataset;
    this.whole = $("[data-whole]", root);
    this.point = $("[data-point]", root);
    this.outline = $("[data-outline]", root);
    this.list = $("[data-shapes]", root);
    this.alone = null; // the shape that moves by itself
    this.take(data("frame-data"));
    if (this.movable) this.wire();
    if (!this.seen.looked) this.wait();
  }

  /** What the archive says now. */
  take(seen) {
    this.seen = seen;
    this.focal = seen.focal;
    this.draw();
  }

  draw() {
    this.cards = new Map();
    this.list.replaceChildren(...this.seen.shapes.map((shape) => this.card(shape)));
    for (const shape of this.seen.shapes) this.place(shape, shape.window);
    this.settle();
  }

  card(shape) {
    const frame = el("button", { class: "framing-frame", type: "button", disabled: !this.movable,
      "aria-pressed": String(this.alone === shape.name), "aria-label": fill(this.says.saysShape, { shape: shape.name }) },
      el("img", { src: this.says.picture, alt: "", draggable: false }),
      ...covered(shape).map((part) => box(el("span", { class: "framing-covered" }), part)));
    frame.style.aspectRatio = String(shape.ratio);
    const uses = el("ul", { class: "framing-uses" }, ...shape.uses.filter((use) => !use.possible).map((use) =>
      el("li", {}, el("a", { href: `/descargar/${this.seen.asset_id}/${use.key}`, "aria-label": fill(this.says.saysTake, { name: use.name }) },
          `${use.name} · ${use.width} × ${use.height}`))), shape.small ? el("li", { class: "wait" }, shape.small) : null);
    const tools = this.movable && this.alone === shape.name ? el("div", { class: "cluster" },
      el("button", { class: "button quiet", type: "button", onclick: () => this.scale(shape, 1 / 0.9) }, this.says.saysLarger),
      el("button", { class: "button quiet", type: "button", onclick: () => this.scale(shape, 0.9) }, this.says.saysSmaller),
      el("button", { class: "button quiet", type: "button", onclick: () => this.tell({ proposal: true, shape: shape.name }) }, this.says.saysProposal)) : null;
    const card = el("article", { class: "framing-card" },
      el("h2", {}, shape.name, shape.drawn ? el("span", { class: "quiet" }, ` · ${this.says.saysDrawn}`) : null),
      frame, tools, uses,
      ...shape.minds.map((mind) => el("p", { class: "framing-mind" }, mind)));
    card.classList.toggle("alone", this.alone === shape.name);
    this.cards.set(shape.name, { card, frame, shape });
    if (this.movable) this.wireFrame(frame, shape);
    return card;
  }

  /** Show a window: in its card, and on the whole picture for the shape that moves alone. */
  place(shape, window) {
    shape.now = window;
    const { frame } = this.cards.get(shape.name);
    const picture = frame.querySelector("img");
    const width = window[2] - window[0];
    const height = window[3] - window[1];
    Object.assign(picture.style, { width: `${100 / width}%`, height: `${100 / height}%`,
      left: `${(-100 * window[0]) / width}%`, top: `${(-100 * window[1]) / height}%` });
    if (this.alone === shape.name) box(this.outline, window);
  }

  settle() {
    const shape = this.shape();
    Object.assign(this.point.style, { left: `${100 * this.focal[0]}%`, top: `${100 * this.focal[1]}%` });
    this.outline.hidden = !shape;
    this.point.hidden = Boolean(shape);
    if (shape) box(this.outline, shape.now);
    const says = !this.seen.looked ? this.says.saysLooking : shape ? fill(this.says.saysAlone, { shape: shape.name }) : this.movable ? this.says.saysWhole : "";
    $("[data-mode]", this.root).textContent = says;
  }

  shape() {
    return this.seen.shapes.find((one) => one.name === this.alone);
  }

  wire() {
    drag(this.whole, (x, y, start) => this.dragWhole(x, y, start), () => this.release());
    this.root.addEventListener("keydown", (event) => this.key(event));
    $("[data-proposal]")?.addEventListener("click", () => this.tell({ proposal: true }));
  }

  wireFrame(frame, shape) {
    let slid = false;
    frame.addEventListener("click", () => {
      if (slid) return void (slid = false);
      this.alone = this.alone === shape.name ? null : shape.name;
      this.draw();
      this.cards.get(shape.name).frame.focus({ preventScroll: true });
    });
    drag(frame, (x, y, start, began) => {
      if (began) this.from = shape.now;
      const width = this.from[2] - this.from[0];
      const height = this.from[3] - this.from[1];
      const by = [(start[0] - x) * width, (start[1] - y) * height];
      if (Math.abs(by[0]) + Math.abs(by[1]) < 0.004) return;
      slid = true;
      this.dirty = { alone: shape.name };
      this.place(shape, moved(this.from, ...by));
    }, () => this.release());
  }

  dragWhole(x, y, start, began) {
    const shape = this.shape();
    if (!shape) return this.pointTo([x, y]);
    if (began) this.from = shape.now;
    this.dirty = { alone: shape.name };
    this.place(shape, moved(this.from, x - start[0], y - start[1]));
  }

  pointTo(focal) {
    this.focal = [Math.min(1, Math.max(0, focal[0])), Math.min(1, Math.max(0, focal[1]))];
    this.dirty = { focal: true };
    for (const shape of this.seen.shapes) if (!shape.drawn) this.place(shape, around(this.seen.size, shape.ratio, this.focal));
    this.settle();
  }

  key(event) {
    const way = ARROWS[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const by = way.map((one) => one * STEP * (event.shiftKey ? 10 : 1));
    const shape = this.shape();
    if (shape) {
      this.dirty = { alone: shape.name };
      this.place(shape, moved(shape.now, ...by));
    } else {
      this.pointTo([this.focal[0] + by[0], this.focal[1] + by[1]]);
    }
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.release(), SETTLE);
  }

  scale(shape, factor) {
    this.dirty = { alone: shape.name };
    this.place(shape, scaled(shape.now, factor, this.seen.size, shape.ratio, shape.least));
    this.release();
  }

  /** The hand let go: tell the archive what was moved. */
  release() {
    clearTimeout(this.waiting);
    const what = this.dirty;
    this.dirty = null;
    if (!what) return;
    const shape = what.alone && this.seen.shapes.find((one) => one.name === what.alone);
    this.tell(shape ? { shape: shape.name, window: shape.now } : { focal: this.focal });
  }

  async tell(json) {
    const held = document.activeElement?.closest?.(".framing-frame") ? this.alone : null;
    try {
      const said = await ask(this.says.address, { method: "POST", json });
      this.take(said);
      toast(said.message, { undo: async () => this.take(await ask(this.says.undo, { method: "POST", json: { change: said.change } })) });
    } catch (refusal) {
      toast(refusal.message, { kind: "bad" });
      this.take(await ask(this.says.state));
    }
    if (held) this.cards.get(held)?.frame.focus({ preventScroll: true });
  }

  wait() {
    setTimeout(async () => {
      const seen = await ask(this.says.state);
      if (seen.looked && !this.dirty) this.take(seen);
      else this.wait();
    }, LOOK_AGAIN);
  }
}

function covered(shape) {
  const parts = shape.uses.flatMap((use) => use.covered);
  return [...new Map(parts.map((part) => [part.join(), part])).values()];
}

function box(node, [left, top, right, bottom]) {
  Object.assign(node.style, { left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * (right - left)}%`, height: `${100 * (bottom - top)}%` });
  return node;
}

/** `move(x, y, start, began)` in parts of `node` while a pointer drags on it; `end()` when it lets go. */
function drag(node, move, end) {
  const where = (event) => {
    const room = node.getBoundingClientRect();
    return [(event.clientX - room.left) / room.width, (event.clientY - room.top) / room.height];
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const start = where(event);
    let began = true;
    const follow = (next) => {
      move(...where(next), start, began);
      began = false;
    };
    const leave = () => {
      node.removeEventListener("pointermove", follow);
      for (const name of ["pointerup", "pointercancel"]) node.removeEventListener(name, leave);
      end();
    };
    node.setPointerCapture(event.pointerId);
    follow(event);
    node.addEventListener("pointermove", follow);
    for (const name of ["pointerup", "pointercancel"]) node.addEventListener(name, leave);
  });
}
