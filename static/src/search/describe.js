// The panel that describes (e): what the selection shares is shown, and only what one touches is sent.
import { $, $$, el, fill } from "../page.js";
import { ask } from "../http.js";
import { toast } from "../toast.js";
import { typeaheadOf } from "../typeahead.js";
import { undo } from "./selection.js";

const TEXTS = ["caption", "alt_text", "headline", "byline", "credit"];
const MOMENTS = ["embargo_until", "rights_expire_on"]; // fields that only coordinators have

/** ``subject``: { said() → what a request says of the chosen, saved(answer) → after saving or undoing }. */
export class DescribePanel {
  constructor(panel, bar) {
    this.panel = panel;
    this.bar = bar;
    this.form = $("form", panel);
    this.subject = null;
    $("[data-close]", panel).addEventListener("click", () => this.close());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    this.form.addEventListener("input", (event) => this.touch(event.target.name));
    this.form.addEventListener("change", (event) => this.chose(event));
    panel.addEventListener("keydown", (event) => this.key(event));
    $("[data-add-keywords]", panel).addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.takeWords();
    });
  }

  get open() {
    return !this.panel.hidden;
  }

  async show(subject) {
    this.subject = subject;
    this.back = document.activeElement;
    this.panel.hidden = false;
    this.panel.classList.toggle("on-dark", document.body.classList.contains("viewing"));
    document.body.classList.add("describing");
    await this.load();
    if (this.panel.contains(document.activeElement)) return; // who is typing already is left alone
    this.attendees.length ? $("[data-attendees] button", this.panel)?.focus() : $("[role=combobox]", this.panel).focus();
  }

  close() {
    if (!this.open) return;
    if (this.panel.contains(document.activeElement)) document.activeElement.blur(); // else the next key is typed into it
    this.panel.hidden = true;
    document.body.classList.remove("describing");
    this.back?.focus?.({ preventScroll: true });
  }

  async load() {
    this.touched = new Set();
    this.people = new Map(); // official id → true (appears in all) or false (in none), once touched
    this.words = new Map();
    this.attendees = [];
    const asked = (this.asked = {});
    let shared;
    try {
      shared = await ask(this.bar.dataset.summary, { method: "POST", json: this.subject.said() });
    } catch (error) {
      toast(error.message, { kind: "bad" });
      this.close();
      return;
    }
    if (asked !== this.asked) return;
    this.shared = shared;
    const title = $("[data-title]", this.panel);
    title.textContent = shared.count === 1 ? title.dataset.one : fill(title.dataset.many, { count: shared.said });
    const barred = $("[data-barred]", this.panel);
    barred.hidden = shared.may_describe === shared.count;
    barred.textContent = fill(barred.dataset.says, { count: shared.count - shared.may_describe });
    $("[data-saves]", this.panel).disabled = !barred.hidden;
    for (const name of TEXTS) {
      const field = this.form.elements.namedItem(name);
      field.value = shared.common[name] ?? "";
      field.placeholder = shared.mixed.includes(name) ? this.panel.dataset.mixed : "";
    }
    for (const name of MOMENTS) {
      const field = this.form.elements.namedItem(name);
      if (field) field.value = shared.common[name] ?? "";
    }
    for (const name of ["rating", "review", "minors"]) {
      const value = shared.mixed.includes(name) ? null : String(shared.common[name] ?? 0);
      for (const radio of $$(`input[name=${name}]`, this.form)) radio.checked = radio.value === value;
    }
    for (const name of ["appears", "event_id", "municipality_key"]) this.typeahead(name)?.clear(true);
    this.now("event", shared.events.length === 1 ? shared.events[0].name : shared.events.length ? this.panel.dataset.mixed : "");
    this.now("municipality", shared.mixed.includes("municipality_key") ? this.panel.dataset.mixed : (shared.municipality ?? ""));
    this.attendees = [...shared.attendees];
    const listed = new Set(this.attendees.map((each) => each.id));
    for (const person of shared.people) if (!listed.has(person.id)) this.attendees.push(person);
    this.showPeople();
    this.showWords();
    this.say("");
  }

  typeahead(name) {
    const box = $(`[data-typeahead][data-name="${name}"]`, this.form);
    return box && typeaheadOf(box);
  }

  now(name, text) {
    const input = $(`[data-now-${name}] [role=combobox]`, this.form);
    if (input) input.placeholder = text || input.dataset.usual || input.placeholder;
  }

  // who appears

  stateOf(person) {
    if (this.people.has(person.id)) return this.people.get(person.id) ? "all" : "none";
    return person.count === 0 ? "none" : person.count === this.shared.count ? "all" : "some";
  }

  showPeople() {
    const { everyone, some } = this.panel.dataset;
    const list = $("[data-attendees]", this.panel);
    list.replaceChildren(...this.attendees.map((person, place) => {
      const state = this.stateOf(person);
      const note = state === "some" ? fill(some, { count: person.count, total: this.shared.said }) : state === "all" && this.shared.count > 1 ? everyone : "";
      return el("li", {},
        el("button", { type: "button", class: "attendee", data: { state }, "aria-pressed": { all: "true", some: "mixed", none: "false" }[state],
          onclick: () => this.turn(place) },
        place < 9 ? el("kbd", {}, String(place + 1)) : el("span", { class: "no-key" }),
        el("span", { class: "attendee-name" }, person.name), note ? el("span", { class: "quiet" }, note) : null));
    }));
  }

  turn(place) {
    const person = this.attendees[place];
    if (!person) return;
    this.people.set(person.id, this.stateOf(person) !== "all");
    this.showPeople();
    $$("[data-attendees] button", this.panel)[place]?.focus();
    this.touch("people");
  }

  // keywords

  showWords() {
    const { leave } = this.panel.dataset;
    const shown = this.shared.keywords.filter((word) => this.words.get(word.name) !== false).map((word) => [word.name, word.count]);
    for (const [word, wanted] of this.words) if (wanted && !shown.some(([name]) => name === word)) shown.push([word, this.shared.count]);
    $("[data-keywords]", this.panel).replaceChildren(...shown.map(([word, count]) =>
      el("li", { class: "chip" }, el("span", {}, count < this.shared.count && !this.words.get(word) ? `${word} (${count})` : word),
        el("button", { type: "button", "aria-label": fill(leave, { name: word }), onclick: () => this.setWord(word, false) }, "×"))));
  }

  setWord(word, wanted) {
    this.words.set(word, wanted);
    this.showWords();
    this.touch("words");
  }

  takeWords() {
    const field = $("[data-add-keywords]", this.panel);
    for (const word of field.value.split(/[,;\n]/).map((each) => each.trim()).filter(Boolean)) this.setWord(word, true);
    field.value = "";
  }

  // what was touched

  chose(event) {
    const box = event.target.closest?.("[data-typeahead]");
    if (!box) return this.touch(event.target.name);
    if (box.dataset.name !== "appears") return this.touch(box.dataset.name);
    const { value, text, chosen } = event.detail ?? {};
    if (!chosen) return;
    const id = Number(value);
    typeaheadOf(box).clear(true);
    if (!this.attendees.some((person) => person.id === id)) this.attendees.push({ id, name: text, count: 0 });
    this.people.set(id, true);
    this.showPeople();
    this.touch("people");
    typeaheadOf(box).focus();
  }

  touch(name) {
    if (!name) return;
    this.touched.add(name);
    this.say("");
  }

  say(text) {
    $("[data-status]", this.panel).textContent = text;
  }

  description() {
    const told = {};
    for (const name of TEXTS) if (this.touched.has(name)) told[name] = this.form.elements.namedItem(name).value || null;
    if (this.touched.has("rating")) told.rating = Number(this.form.elements.namedItem("rating").value) || null;
    for (const name of ["review", "minors"]) if (this.touched.has(name)) told[name] = this.form.elements.namedItem(name).value;
    for (const name of MOMENTS) if (this.touched.has(name)) told[name] = this.form.elements.namedItem(name).value || null;
    const event = this.typeahead("event_id")?.values()[0];
    if (event) told.event_id = Number(event);
    const municipality = this.typeahead("municipality_key")?.values()[0];
    if (municipality) told.municipality_key = municipality;
    for (const [wanted, name] of [[true, "appears_add"], [false, "appears_remove"]]) {
      const ids = [...this.people].filter(([, shown]) => shown === wanted).map(([id]) => id);
      if (ids.length) told[name] = ids;
    }
    for (const [wanted, name] of [[true, "add_keywords"], [false, "remove_keywords"]]) {
      const words = [...this.words].filter(([, kept]) => kept === wanted).map(([word]) => word);
      if (words.length) told[name] = words;
    }
    return told;
  }

  async save() {
    this.takeWords();
    const description = this.description();
    if (!Object.keys(description).length) return this.say(this.panel.dataset.nothing);
    const said = this.subject.said();
    const subject = this.subject;
    const button = $("[data-saves]", this.panel);
    button.disabled = true;
    try {
      const answer = await ask(this.panel.dataset.save, { method: "POST", json: { ...said, description } });
      const takeBack = answer.change_id && (async () => {
        await undo(this.bar, answer.change_id);
        subject.saved?.(said);
        if (this.open && this.subject === subject) this.load();
      });
      toast(answer.message, { kind: "done", undo: takeBack || undefined });
      this.close();
      subject.saved?.(said);
    } catch (error) {
      this.say(error.message);
    } finally {
      button.disabled = false;
    }
  }

  key(event) {
    if (event.isComposing || event.defaultPrevented) return;
    const typing = event.target.matches("textarea, input:not([type=radio])");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.save();
    else if (event.key === "Escape") this.close();
    else if (!typing && /^[1-9]$/.test(event.key)) this.turn(Number(event.key) - 1);
    else if (typing && event.target.matches("[data-name=appears] input") && !event.target.value && /^[1-9]$/.test(event.key)) this.turn(Number(event.key) - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
