// Thousands of rows, of which only those in sight exist.
import { el, fill } from "../page.js";
import { percent, size } from "./words.js";
import { isProblem, isUsable } from "./files.js";

const BEYOND = 4; // rows made above and below what is in sight
const ABOVE = 3; // rows just received that stay in sight above those being sent

export class List {
  constructor(box, files, words) {
    Object.assign(this, { box, files, words });
    this.rows = [];
    this.shown = files.records;
    this.problemsOnly = false;
    this.scrolled = false;
    this.height = 0;
    this.tall = el("div", { class: "file-list-tall" });
    box.append(this.tall);
    box.addEventListener("scroll", () => this.draw(), { passive: true });
    for (const sign of ["wheel", "touchstart", "keydown", "pointerdown"]) {
      box.addEventListener(sign, () => { this.scrolled = true; }, { passive: true });
    }
    new ResizeObserver(() => {
      this.height = this.measure();
      this.draw();
    }).observe(box);
  }

  /** Pixels of a row: lower with a pointer, higher on a phone, where reasons need two lines. */
  measure() {
    return parseFloat(getComputedStyle(this.box).getPropertyValue("--file-row")) || 52;
  }

  /** Keeps what is being sent in sight, until somebody scrolls. */
  follow() {
    if (this.scrolled || this.problemsOnly || this.files.count("sending") === 0) return;
    const place = this.shown.findIndex((record) => record.state === "sending");
    this.box.scrollTop = Math.max(0, (place - ABOVE) * this.height);
  }

  filter(problemsOnly) {
    this.problemsOnly = problemsOnly;
    this.box.scrollTop = 0;
    this.draw();
  }

  draw() {
    const all = this.files.sorted();
    this.shown = this.problemsOnly ? all.filter(isProblem) : all;
    this.height ||= this.measure();
    this.tall.style.height = `${this.shown.length * this.height}px`;
    this.follow();
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.height) - BEYOND);
    const seen = Math.ceil(this.box.clientHeight / this.height) + 2 * BEYOND;
    const last = Math.min(this.shown.length, first + seen);
    while (this.rows.length < last - first) this.rows.push(this.row());
    while (this.rows.length > last - first) this.rows.pop().line.remove();
    for (let place = first; place < last; place += 1) this.fill(this.rows[place - first], this.shown[place], place);
  }

  row() {
    const row = {
      picture: el("img", { class: "file-picture", alt: "", hidden: true, loading: "lazy", decoding: "async" }),
      name: el("span", { class: "file-name" }),
      said: el("span", { class: "file-said" }),
      size: el("span", { class: "file-size quiet number" }),
      bar: el("span", { class: "file-bar" }),
      asset: null,
    };
    row.link = el("a", { class: "file-link" }, row.name);
    row.line = el("div", { class: "file", role: "listitem" }, el("span", { class: "file-frame" }, row.picture), el("span", { class: "file-text" }, row.link, row.said), row.size, row.bar);
    this.tall.append(row.line);
    return row;
  }

  fill(row, record, place) {
    const { line } = row;
    line.style.transform = `translateY(${place * this.height}px)`;
    line.setAttribute("aria-posinset", place + 1);
    line.setAttribute("aria-setsize", this.shown.length);
    line.dataset.state = record.state;
    const cut = record.path.lastIndexOf("/") + 1;
    write(row.name, record.path.slice(cut) || record.path);
    row.name.title = record.path;
    write(row.said, this.says(record));
    row.said.title = row.said.textContent;
    write(row.size, size(record.size));
    if (record.asset) row.link.setAttribute("href", `/material/${record.asset}`);
    else row.link.removeAttribute("href");
    const asset = isUsable(record) ? record.asset : null;
    if (row.asset !== asset) {
      row.asset = asset;
      row.picture.hidden = !asset;
      if (asset) row.picture.src = `/archivo/${asset}/thumb`;
      else row.picture.removeAttribute("src");
    }
    const part = record.state === "sending" && record.size ? record.sent / record.size : 0;
    row.bar.style.transform = `scaleX(${part})`;
  }

  says(record) {
    const word = this.words.state[record.state] ?? record.state;
    if (record.state === "sending") return fill(word, { percent: percent(record.size ? record.sent / record.size : 0) });
    if (record.with && this.words.with[record.state]) return fill(this.words.with[record.state], { name: record.with });
    return isProblem(record) && record.reason ? `${word}: ${record.reason}` : word;
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
