// The queue: frames in the order of their events; focus and selection as in the grid, keys 1 to 4 decide.
import { $, $$, el, fill } from "../page.js";
import { onKey } from "../keys.js";
import { release } from "./release.js";

const LEAVES = new Set(["approve", "reject"]);

export class Queue {
  constructor(root, bar, peek) {
    Object.assign(this, { root, bar, peek, chosen: new Set(), anchor: null, current: null });
    root.addEventListener("click", (event) => this.click(event));
    root.addEventListener("focusin", (event) => this.focused(event.target.closest(".shot")));
    for (const button of $$("[data-release]", bar)) button.addEventListener("click", () => this.decide(button.dataset.release));
    $("[data-clear]", bar).addEventListener("click", () => this.clear());
    this.shape();
    this.wireKeys();
    this.wirePeek();
  }

  // Rows fill the page by the shapes of their frames; a panorama or a strip stays within bounds.
  shape() {
    for (const frame of $$(".shot", this.root)) {
      const picture = $("img", frame);
      const shape = picture ? picture.getAttribute("width") / picture.getAttribute("height") : 1;
      frame.style.setProperty("--shape", String(Math.min(Math.max(shape || 1.5, 0.4), 4)));
    }
  }

  get frames() {
    return $$(".shot:not([hidden])", this.root);
  }

  wireKeys() {
    for (const [key, deed] of [["1", "approve"], ["2", "reject"], ["3", "minors-yes"], ["4", "minors-no"]]) {
      onKey(key, () => this.decide(deed));
    }
    for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]) onKey(key, (event) => this.move(key, event.shiftKey));
    onKey("x", () => this.current && this.toggle(this.current));
    onKey("a", () => this.whole(this.current?.closest(".review-event") ?? $(".review-event", this.root)));
    onKey("Escape", () => (this.chosen.size ? this.clear() : false));
    onKey("Enter", () => (this.current ? location.assign(this.current.dataset.page) : false));
    onKey(" ", (event) => (this.current && !event.target.closest("button, a, input, summary") ? this.look(this.current) : false));
  }

  // focus and selection

  focused(frame) {
    if (!frame) return;
    this.current = frame;
    for (const each of $$(".shot[tabindex='0']", this.root)) each.tabIndex = -1;
    frame.tabIndex = 0;
    this.show();
  }

  focus(frame) {
    if (!frame) return;
    frame.focus({ preventScroll: true });
    frame.scrollIntoView({ block: "nearest" });
  }

  move(key, reaching) {
    const frames = this.frames;
    if (!frames.length) return false;
    const from = this.current;
    const to = !from || from.hidden ? frames[0] : target(frames, from, key);
    if (reaching && from) {
      this.anchor ??= from;
      this.reach(to);
    }
    this.focus(to);
    return true;
  }

  click(event) {
    const whole = event.target.closest("[data-whole]");
    if (whole) return this.whole(whole.closest(".review-event"));
    const frame = event.target.closest(".shot");
    if (!frame) return undefined;
    const check = event.target.closest(".shot-check");
    if (event.shiftKey) this.reach(frame);
    else if (check || event.ctrlKey || event.metaKey || this.chosen.size) this.toggle(frame);
    else if (event.detail > 1 || this.current === frame) this.look(frame);
    this.focus(frame);
    return undefined;
  }

  toggle(frame) {
    const id = Number(frame.dataset.id);
    if (!this.chosen.delete(id)) this.chosen.add(id);
    this.anchor = frame;
    this.show();
  }

  reach(frame) {
    const frames = this.frames;
    const [from, to] = [Math.max(0, frames.indexOf(this.anchor ?? frame)), frames.indexOf(frame)];
    for (const each of frames.slice(Math.min(from, to), Math.max(from, to) + 1)) this.chosen.add(Number(each.dataset.id));
    this.show();
  }

  whole(section) {
    if (!section) return;
    for (const id of idsOf(section)) this.chosen.add(id);
    this.show();
  }

  clear() {
    this.chosen.clear();
    this.anchor = null;
    this.show();
  }

  show() {
    for (const frame of $$(".shot", this.root)) {
      const is = this.chosen.has(Number(frame.dataset.id));
      frame.classList.toggle("chosen", is);
      $(".shot-check", frame).setAttribute("aria-pressed", String(is));
    }
    const count = this.chosen.size;
    this.bar.hidden = !count && !this.current;
    document.body.classList.toggle("has-selection", !this.bar.hidden);
    const said = $(".selection-count", this.bar);
    const number = count.toLocaleString(document.documentElement.lang);
    said.textContent = count > 1 ? fill(said.dataset.many, { count: number }) : count ? said.dataset.one : said.dataset.focus;
    $("[data-clear]", this.bar).hidden = !count;
  }

  // deciding

  async decide(deed) {
    const frame = this.current && !this.current.hidden ? this.current : null;
    const ids = this.chosen.size ? [...this.chosen] : frame ? [Number(frame.dataset.id)] : [];
    if (!ids.length) return;
    const looking = this.peek.open ? frame : null;
    const next = this.after(ids, frame);
    const more = deed === "approve" && $("[data-no-minors]", this.bar).checked ? { no_minors: true } : {};
    const done = await release(deed, { ids }, {
      more,
      after: () => this.done(deed, ids, more),
      back: () => location.reload(),
    });
    if (!done) return;
    this.chosen.clear();
    if (LEAVES.has(deed)) this.current = null;
    if (next && LEAVES.has(deed)) {
      if (looking) this.look(next);
      else this.focus(next);
    } else if (looking && LEAVES.has(deed)) this.peek.close();
    this.show();
    if (!this.frames.length) setTimeout(() => location.reload(), 1500);
  }

  // The frame the focus goes to once ``ids`` are gone.
  after(ids, frame) {
    const gone = new Set(ids);
    const frames = this.frames;
    const from = frames.indexOf(frame);
    const stays = (each) => !gone.has(Number(each.dataset.id));
    return frames.slice(from + 1).find(stays) ?? frames.slice(0, Math.max(0, from)).reverse().find(stays) ?? null;
  }

  done(deed, ids, more) {
    const gone = new Set(ids);
    for (const frame of $$(".shot", this.root)) {
      if (!gone.has(Number(frame.dataset.id))) continue;
      if (LEAVES.has(deed)) frame.hidden = true;
      else frame.dataset.minors = deed === "minors-yes" ? "yes" : "no";
      if (more.no_minors && frame.dataset.minors === "not_looked_at") frame.dataset.minors = "no";
    }
    if (!LEAVES.has(deed)) return;
    for (const section of $$(".review-event", this.root)) {
      const left = idsOf(section).filter((id) => !gone.has(id));
      section.dataset.ids = JSON.stringify(left);
      section.hidden = !left.length;
    }
  }

  // one frame, large

  wirePeek() {
    this.peek.addEventListener("keydown", (event) => {
      const deeds = { 1: "approve", 2: "reject", 3: "minors-yes", 4: "minors-no" };
      if (event.key === " " || event.key === "Escape") this.peek.close();
      else if (event.key.startsWith("Arrow")) {
        this.focused(target(this.frames, this.current, event.key));
        this.look(this.current);
      } else if (event.key === "x") this.toggle(this.current);
      else if (deeds[event.key]) this.decide(deeds[event.key]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.peek.addEventListener("click", () => this.peek.close());
    this.peek.addEventListener("close", () => {
      this.peek.replaceChildren();
      this.focus(this.current);
    });
  }

  look(frame) {
    this.focused(frame);
    const picture = $("img", frame);
    if (!picture) return;
    const large = el("img", { src: frame.dataset.preview || picture.src, alt: picture.alt });
    const shape = picture.width && picture.height ? picture.getAttribute("width") / picture.getAttribute("height") : 1.5;
    large.style.aspectRatio = String(shape);
    large.style.setProperty("--shape", String(shape));
    this.peek.replaceChildren(large);
    if (!this.peek.open) this.peek.showModal();
    this.peek.focus();
  }
}

const idsOf = (section) => JSON.parse(section.dataset.ids);

// The frame that a key leads to: left and right in order, up and down by what lies above and below.
function target(frames, from, key) {
  const at = Math.max(0, frames.indexOf(from));
  if (key === "ArrowRight") return frames[Math.min(frames.length - 1, at + 1)];
  if (key === "ArrowLeft") return frames[Math.max(0, at - 1)];
  if (key === "Home") return frames[0];
  if (key === "End") return frames.at(-1);
  const box = from.getBoundingClientRect();
  const middle = box.left + box.width / 2;
  const down = key === "ArrowDown";
  const way = frames.map((frame) => ({ frame, box: frame.getBoundingClientRect() }))
    .filter((each) => (down ? each.box.top >= box.bottom - 1 : each.box.bottom <= box.top + 1));
  if (!way.length) return from;
  const row = down ? Math.min(...way.map((each) => each.box.top)) : Math.max(...way.map((each) => each.box.bottom));
  return way.filter((each) => Math.abs((down ? each.box.top : each.box.bottom) - row) < 4)
    .sort((one, other) => Math.abs(one.box.left + one.box.width / 2 - middle) - Math.abs(other.box.left + other.box.width / 2 - middle))[0].frame;
}
