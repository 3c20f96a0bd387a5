// The grid of pictures: rows laid out as wide as the window, more as one scrolls, focus by arrows.
import { justify } from "./justify.js";
import { playable } from "./clips.js";

const SMALL_WINDOW = 640;
const GAP = 4; // pixels, as --gap

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

export class Grid {
  constructor(root) {
    this.root = root;
    this.notice = root.parentElement.querySelector("[data-grid-more]");
    this.cards = [];
    this.next = root.dataset.next;
    this.args = root.dataset.args;
    this.total = Number(root.dataset.total);
    this.current = null;
    this.sections = new Map();
    this.take([...root.querySelectorAll(".card")]);
    this.lay();
    this.watching = new ResizeObserver(() => this.resized());
    this.watching.observe(root);
    this.watchEnd();
    root.addEventListener("focusin", (event) => this.became(event.target.closest(".card")));
  }

  /** Cards as the server wrote them, in their order; each remembers its section. */
  take(cards) {
    const homes = cards.map((card) => card.closest(".month")); // before any of them is emptied
    for (const [place, card] of cards.entries()) {
      const from = homes[place];
      const key = `${from.dataset.tier}:${from.dataset.month}`;
      if (!this.sections.has(key)) this.sections.set(key, this.section(key, from));
      this.sections.get(key).cards.push(card);
      this.cards.push(card);
      playable(card);
      const picture = card.querySelector(".card-picture");
      if (picture && !picture.complete) {
        card.classList.add("coming");
        const here = () => card.classList.remove("coming");
        picture.addEventListener("load", here, { once: true });
        picture.addEventListener("error", () => card.classList.add("missing"), { once: true });
      }
    }
  }

  section(key, from) {
    const here = from.parentElement === this.root ? from : from.cloneNode(true);
    here.querySelector(".cards").replaceChildren();
    if (here.parentElement !== this.root) this.root.append(here);
    this.nameTier(from.dataset.tier, here);
    return { key, element: here, rows: here.querySelector(".cards"), cards: [], laid: 0 };
  }

  // What shows the officials comes first; what was taken where they were stands apart, under its own heading.
  nameTier(tier, before) {
    const says = tier && this.root.dataset[`tier${tier[0].toUpperCase()}${tier.slice(1)}`];
    if (!says || this.root.querySelector(`.tier-name[data-tier="${tier}"]`)) return;
    const title = document.createElement("h2");
    title.className = "tier-name";
    title.dataset.tier = tier;
    title.textContent = says;
    before.before(title);
  }

  end() {
    this.stop?.();
    this.watching?.disconnect();
  }

  get width() {
    return Math.floor(this.root.clientWidth);
  }

  lay(all = true) {
    const width = this.width;
    if (!width) return;
    this.laidWidth = width;
    const small = width < SMALL_WINDOW;
    const sizes = small ? { wished: 150, lowest: 110, highest: 240 } : { wished: 220, lowest: 180, highest: 260 };
    for (const section of this.sections.values()) {
      if (!all && section.laid === section.cards.length) continue;
      // What comes later only touches the last row that was made.
      const from = all || !section.laid ? 0 : section.last.start;
      const shapes = section.cards.slice(from).map((card) => card.dataset.w / card.dataset.h);
      // On a phone a month of one picture or two has the whole width: there is nothing beside it.
      const rows = justify(shapes, width, small && section.cards.length < 3 ? { ...sizes, last: 330 } : sizes);
      const made = rows.map((row) => this.row(section.cards.slice(from), row));
      if (from) section.rows.lastElementChild.replaceWith(...made);
      else section.rows.replaceChildren(...made);
      section.last = { start: from + rows.at(-1).start };
      section.laid = section.cards.length;
      // Months of a few pictures stand side by side instead of leaving most of a line empty.
      const alone = !from && rows.length === 1 && !rows[0].full && !small ? rows[0] : null;
      section.element.classList.toggle("short", alone !== null);
      section.element.style.width = alone ? `${sum(alone.widths) + GAP * (alone.widths.length - 1)}px` : "";
    }
    this.root.classList.add("laid");
  }

  row(cards, { start, end, height, widths }) {
    const line = document.createElement("div");
    line.className = "row";
    line.style.height = `${height}px`;
    line.style.containIntrinsicSize = `auto ${height}px`;
    cards.slice(start, end).forEach((card, index) => {
      card.style.width = `${widths[index]}px`;
      card.style.height = `${height}px`;
      const picture = card.querySelector(".card-picture");
      if (picture) picture.sizes = `${widths[index]}px`;
      line.append(card);
    });
    return line;
  }

  resized() {
    if (this.width === this.laidWidth) return;
    clearTimeout(this.settling);
    // Thousands of pictures wait until the window has its new width.
    this.settling = setTimeout(() => this.layAgain(), this.cards.length > 600 ? 120 : 0);
  }

  layAgain() {
    const anchor = this.firstInView();
    const was = anchor?.getBoundingClientRect().top;
    const focused = document.activeElement;
    this.lay();
    if (focused && this.root.contains(focused) && focused !== document.activeElement) focused.focus({ preventScroll: true });
    if (anchor && window.scrollY > 0) window.scrollBy(0, anchor.getBoundingClientRect().top - was);
  }

  // By sections and rows: asking every picture where it is would lay out those that are out of sight.
  firstInView() {
    const below = (each) => each.getBoundingClientRect().bottom > 80;
    const section = [...this.sections.values()].find(({ element }) => below(element));
    return [...(section?.rows.children ?? [])].find(below)?.firstElementChild ?? null;
  }

  // more as one scrolls

  watchEnd() {
    if (!this.notice) return;
    const observer = new IntersectionObserver((seen) => {
      if (seen.some((each) => each.isIntersecting)) this.more();
    }, { rootMargin: "1600px 0px" });
    observer.observe(this.notice);
    this.stop = () => observer.disconnect();
  }

  async more() {
    if (!this.next || this.asking) return false;
    this.asking = true;
    const late = setTimeout(() => { this.notice.textContent = this.notice.dataset.waiting; }, 300);
    try {
      const address = `${this.root.dataset.more}?${this.args}${this.args ? "&" : ""}after=${encodeURIComponent(this.next)}`;
      const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      this.take([...page.querySelectorAll(".card")]);
      this.next = answer.headers.get("X-Next") || "";
      this.lay(false);
      this.notice.textContent = "";
      this.root.dispatchEvent(new CustomEvent("grid:grew", { bubbles: true }));
    } catch (error) {
      this.broken(error);
      return false;
    } finally {
      clearTimeout(late);
      this.asking = false;
    }
    // What came may not fill the window yet.
    if (this.next && this.notice.getBoundingClientRect().top < innerHeight + 1600) requestAnimationFrame(() => this.more());
    return true;
  }

  broken() {
    const again = document.createElement("button");
    again.className = "button";
    again.type = "button";
    again.textContent = this.notice.dataset.again;
    again.addEventListener("click", () => this.more());
    this.notice.replaceChildren(this.notice.dataset.broken, " ", again);
  }

  // where one is

  became(card) {
    if (!card || card === this.current) return;
    this.current?.classList.remove("current");
    this.current?.querySelector(".card-open").setAttribute("tabindex", "-1");
    this.current = card;
    card.classList.add("current");
    card.querySelector(".card-open").setAttribute("tabindex", "0");
  }

  focus(card) {
    if (!card) return;
    this.became(card);
    card.querySelector(".card-open").focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
    if (this.cards.indexOf(card) > this.cards.length - 20) this.more();
  }

  card(id) {
    return this.cards.find((card) => card.dataset.id === String(id));
  }

  step(way) {
    if (!this.current) return this.firstInView();
    const here = this.cards.indexOf(this.current);
    if (way === "ArrowLeft") return this.cards[Math.max(0, here - 1)];
    if (way === "ArrowRight") return this.cards[Math.min(this.cards.length - 1, here + 1)];
    if (way === "Home") return this.cards[0];
    if (way === "End") return this.cards.at(-1);
    return this.beyond(way === "ArrowDown" ? 1 : -1);
  }

  // The picture of the next row whose middle is nearest to this one's.
  beyond(direction) {
    const here = this.current.getBoundingClientRect();
    const middle = here.left + here.width / 2;
    const start = this.cards.indexOf(this.current);
    let row = null;
    let best = null;
    for (let index = start + direction; index >= 0 && index < this.cards.length; index += direction) {
      const there = this.cards[index].parentElement;
      if (there === this.current.parentElement) continue;
      if (row && there !== row) break;
      row = there;
      const box = this.cards[index].getBoundingClientRect();
      const away = Math.abs(box.left + box.width / 2 - middle);
      if (best === null || away < best.away) best = { away, card: this.cards[index] };
    }
    return best?.card ?? this.current;
  }

  /** Put freshly written cards in the place of those with the same ids. */
  refresh(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    for (const fresh of page.querySelectorAll(".card")) {
      const old = this.card(fresh.dataset.id);
      const strip = old?.querySelector(".card-strip");
      if (!strip) continue;
      strip.replaceWith(document.adoptNode(fresh.querySelector(".card-strip")));
      old.querySelector(".card-open").setAttribute("aria-label", fresh.querySelector(".card-open").getAttribute("aria-label"));
      old.querySelector(".card-review")?.remove();
      const review = fresh.querySelector(".card-review");
      if (review) old.append(document.adoptNode(review));
    }
  }

  /** Take cards away (they went to the bin). */
  drop(ids) {
    const gone = new Set(ids.map(String));
    for (const section of this.sections.values()) {
      section.cards = section.cards.filter((card) => !gone.has(card.dataset.id));
      if (!section.cards.length) {
        section.element.remove();
        this.sections.delete(section.key);
      }
    }
    const at = this.current ? this.cards.indexOf(this.current) : -1;
    this.cards = this.cards.filter((card) => !gone.has(card.dataset.id));
    this.total -= gone.size;
    if (this.current && gone.has(this.current.dataset.id)) this.current = null;
    this.lay();
    if (at >= 0 && !this.current && this.cards.length) this.focus(this.cards[Math.min(at, this.cards.length - 1)]);
  }
}
