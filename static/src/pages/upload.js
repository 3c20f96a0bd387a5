// One batch: choose the event, drop the files, watch them arrive. /subir and /cargas/<id>.
import { ask, Refusal } from "../http.js";
import { $, data, fill } from "../page.js";
import { toast } from "../toast.js";
import { openDialog, closeDialog } from "../dialog.js";
import { typeaheadOf, wire } from "../typeahead.js";
import { Files } from "../upload/files.js";
import { junk, kind } from "../upload/kinds.js";
import { List } from "../upload/list.js";
import { Sender } from "../upload/sender.js";
import { allowed, forget, recall, remember } from "../upload/folders.js";
import { dropped, walk } from "../upload/sources.js";
import { count, number, size, time } from "../upload/words.js";
import { Watch } from "../upload/watch.js";

const SHOW_EVERY = 250; // milliseconds between two looks at the list
const AT_ONCE = 500; // files handed on together while a folder is read

const page = data("upload");
const words = page.words;
const files = new Files();
const list = new List($("#file-list"), files, words);
const at = (id) => document.getElementById(id);

let batch = page.batch;
let event = page.event;
let sender = null;
let watch = null;
let roots = []; // handles worth keeping for another day
let unsent = []; // records chosen before there is a batch
let reading = 0;
let told = [0, 0]; // what the archive was told to expect: files, bytes
let skipped = new Map();
let repeated = 0;
let undone = page.undone;
let trouble = "";
let wakeLock = null;
let drawn = 0;

wire();
files.changed = () => {
  drawn ||= setTimeout(() => {
    drawn = 0;
    show();
  }, SHOW_EVERY);
};

// -- which event ----------------------------------------------------------------------------------------

const choice = at("event-choice")?.querySelector("[data-typeahead]");

choice?.addEventListener("change", ({ detail }) => {
  if (!detail) return; // the line's own change, not a choice
  event = detail.chosen ? { id: Number(detail.value), name: detail.text, note: detail.item?.note } : null;
  if (event) at("new-event").open = false;
  if (at("recent")) at("recent").hidden = event !== null;
  show();
});

at("recent")?.addEventListener("click", (click) => {
  const chosen = click.target.closest("[data-event]");
  if (!chosen) return;
  const [text, note] = [...chosen.children].map((part) => part.textContent);
  typeaheadOf(choice).add({ value: chosen.dataset.event, text, note });
});

at("new-event")?.addEventListener("toggle", () => {
  const name = at("f-name");
  const typed = typeaheadOf(choice).input.value.trim();
  if (at("new-event").open && typed && !name.value) name.value = typed;
  if (!at("new-event").open) return;
  at("f-starts_on").value ||= day(newest());
  name.focus();
});

at("new-event-form")?.addEventListener("submit", async (pressed) => {
  pressed.preventDefault();
  const form = new FormData(pressed.target);
  const said = Object.fromEntries([...form].filter(([, value]) => value !== ""));
  said.officials = form.getAll("officials").map(Number);
  // A place typed and not chosen is asked about, never dropped in silence.
  said.municipality ??= typeaheadOf(at("f-municipality")).input.value.trim();
  try {
    const made = await ask("/eventos", { method: "POST", json: said });
    const item = { value: made.id ?? made.value, text: made.label ?? made.text, note: made.detail ?? made.note };
    at("new-event").open = false;
    typeaheadOf(choice).add(item);
    at("new-event-refusal").hidden = true;
    pressed.target.reset();
  } catch (error) {
    refuse("new-event-refusal", error);
  }
});

/** When the latest of the chosen files was taken, as far as its date tells; else now. */
function newest() {
  return files.records.reduce((latest, record) => Math.max(latest, record.modified ?? 0), 0) || Date.now();
}

function day(moment) {
  const local = new Date(moment);
  local.setMinutes(local.getMinutes() - local.getTimezoneOffset());
  return local.toISOString().slice(0, 10);
}

// -- which files ----------------------------------------------------------------------------------------

let depth = 0;
const carriesFiles = (drag) => !undone && page.sends && [...(drag.dataTransfer?.types ?? [])].includes("Files");

window.addEventListener("dragenter", (drag) => {
  if (!carriesFiles(drag)) return;
  depth += 1;
  at("drop-veil").hidden = false;
});
window.addEventListener("dragleave", (drag) => {
  if (!carriesFiles(drag)) return;
  depth = Math.max(0, depth - 1);
  at("drop-veil").hidden = depth === 0;
});
window.addEventListener("dragover", (drag) => {
  if (!carriesFiles(drag)) return;
  drag.preventDefault();
  drag.dataTransfer.dropEffect = "copy";
});
window.addEventListener("drop", async (drop) => {
  if (!carriesFiles(drop)) return;
  drop.preventDefault();
  depth = 0;
  at("drop-veil").hidden = true;
  const { roots: found, handles } = dropped(drop.dataTransfer);
  await choose(found, await handles);
});

at("pick-files")?.addEventListener("click", () => at("files-input").click());
at("pick-folder")?.addEventListener("click", async () => {
  if (!globalThis.showDirectoryPicker) {
    at("folder-input").click();
    return;
  }
  try {
    const folder = await showDirectoryPicker({ id: "card", mode: "read" });
    await choose([folder], [folder]);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
});
for (const input of [at("files-input"), at("folder-input")]) {
  input?.addEventListener("change", async () => {
    await choose([...input.files]);
    input.value = "";
  });
}

/** Lists what is below `found`, and sends it once there is a batch. `handles` open the same another day. */
async function choose(found, handles = []) {
  reading += 1;
  let some = [];
  let seen = 0;
  try {
    if (batch) await remember(batch, handles);
    else roots.push(...handles);
    for await (const file of walk(found)) {
      seen += 1;
      const aside = junk(file.path);
      if (aside) {
        skipped.set(aside.startsWith("._") ? "._…" : aside, (skipped.get(aside.startsWith("._") ? "._…" : aside) ?? 0) + 1);
        continue;
      }
      const record = files.add(file);
      if (record) some.push(record);
      else if (!file.unreadable) repeated += 1;
      if (some.length >= AT_ONCE) {
        hand(some);
        some = [];
        write("reading", fill(words.reading, { files: number(seen) }));
      }
    }
  } catch (error) {
    console.warn(error);
    toast(words.folder_gone, { kind: "bad" });
  } finally {
    reading -= 1;
    hand(some);
    write("reading", "");
    show();
    announce();
  }
}

function hand(records) {
  if (!records.length) return;
  if (sender) sender.take(records);
  else if (batch) engage().take(records);
  else unsent.push(...records);
}

at("begin")?.addEventListener("click", begin);

async function begin() {
  if (!event) {
    typeaheadOf(choice).focus();
    return;
  }
  at("begin").disabled = true;
  try {
    const form = new FormData(at("event-form"));
    const opened = await ask("/cargas", {
      method: "POST",
      json: { event_id: event.id, byline: form.get("byline"), credit: form.get("credit") },
    });
    batch = opened.id;
    history.replaceState(null, "", opened.address); // a reload finds this batch
    settleEvent(form);
    if (matchMedia("(max-width: 1080px)").matches) at("part-progress").scrollIntoView();
    await remember(batch, roots);
    roots = [];
    engage().take(unsent);
    unsent = [];
    watch = new Watch(batch, hear);
    announce();
    watch.start();
  } catch (error) {
    toast(error.message, { kind: "bad" });
  } finally {
    at("begin").disabled = false;
    show();
  }
}

function engage() {
  sender = new Sender({ batch, endpoint: page.endpoint, files, words, onTrouble });
  return sender;
}

function settleEvent(form) {
  at("event-form").hidden = true;
  at("new-event").hidden = true;
  at("event-signed").hidden = true;
  at("event-said").hidden = false;
  at("event-link").textContent = event.name;
  at("event-link").href = `/eventos/${event.id}`;
  if (event.note) write("event-detail", event.note);
  write("event-credit", [form.get("byline"), form.get("credit")].filter(Boolean).join(" · "));
}

/** The archive is told how much to expect, so that every other page counts the same. */
async function announce() {
  if (!batch || reading || !page.sends || (told[0] === files.records.length && told[1] === files.bytes)) return;
  told = [files.records.length, files.bytes];
  try {
    await ask(`/cargas/${batch}/esperar`, { method: "POST", json: { files: told[0], bytes: told[1] } });
  } catch (error) {
    console.warn("the archive does not know how much to expect:", error);
    told = [0, 0];
  }
}

// -- how it goes ----------------------------------------------------------------------------------------

function hear(said) {
  files.expected = said.files;
  files.expectedBytes = said.bytes;
  undone = said.undone;
  at("undone").hidden = !undone;
  at("steering").hidden = undone || !page.steers;
  if (at("sending")) at("sending").hidden = undone;
  for (const item of said.items) files.hear(item);
  at("event-link").textContent = said.event.name;
  at("event-link").href = `/eventos/${said.event.id}`;
  event = { ...event, ...said.event };
  files.changed();
}

function onTrouble(sentence) {
  trouble = sentence;
  show();
}

function show() {
  const busy = Boolean(sender?.busy) || files.toSend > 0;
  showChosen();
  showProgress(busy);
  showSafety(busy);
  list.draw();
  at("upload-parts").dataset.step = batch ? "progress" : unsent.length && event ? "begin" : event ? "files" : "event";
  if (batch && !busy && files.total > 0 && files.missing <= 0) forget(batch);
  stayAwake(busy && !sender?.paused);
}

function showChosen() {
  const chosen = at("chosen");
  if (!chosen) return;
  const here = files.records.filter((record) => record.source !== null || record.modified !== null);
  chosen.hidden = here.length === 0;
  if (here.length) {
    const bytes = here.reduce((sum, record) => sum + record.size, 0);
    const kinds = { photos: 0, clips: 0, sounds: 0, documents: 0, others: 0 };
    for (const record of here) kinds[kind(record.path)] += 1;
    write("chosen-count", fill(words.chosen, { files: count(words.files, here.length), size: size(bytes) }));
    write("chosen-kinds", ["photos", "clips", "sounds", "documents", "others"].filter((name) => kinds[name]).map((name) => count(words[name], kinds[name])).join(" · "));
  }
  const aside = [...skipped.values()].reduce((sum, n) => sum + n, 0);
  const notes = [];
  if (aside) notes.push(count(words.skipped, aside, { names: [...skipped.keys()].slice(0, 4).join(", ") }));
  if (repeated && batch) notes.push(count(words.known, repeated));
  write("chosen-skipped", notes.join(" · "));
  if (aside && !here.length) chosen.hidden = false;
  const begins = at("begin");
  begins.hidden = batch !== null || unsent.length === 0 || !event;
  begins.textContent = count(words.begin, unsent.length);
  at("begin-needs").hidden = batch !== null || unsent.length === 0 || event !== null;
}

function showProgress(busy) {
  if (!batch) return;
  at("progress-empty").hidden = true;
  at("progress").hidden = false;
  const { total, arrived, problems, preparing, usable } = files;
  const bar = at("progress-bar");
  bar.max = Math.max(1, files.bytes, files.expectedBytes);
  bar.value = files.arrivedBytes + sendingBytes();
  const over = total > 0 && !busy && preparing === 0 && files.missing <= 0;
  if (undone) write("progress-says", words.undone);
  else if (total === 0) write("progress-says", words.nothing_yet);
  else if (over && problems === 0) write("progress-says", count([words.all_ready, words.all_ready], total));
  else if (over) write("progress-says", fill(words.all_over, { ready: number(usable), problems: count(words.problems, problems) }));
  else {
    const parts = [fill(words.received, { arrived: number(arrived), total: number(total) })];
    if (problems) parts.push(count(words.problems, problems));
    const left = busy && sender?.speed > 0 ? (files.bytes - files.arrivedBytes - sendingBytes()) / sender.speed : null;
    if (left !== null && !trouble && !sender.paused) {
      parts.push(left < 60 ? words.left_soon : fill(words.left, { time: time(left, words) }));
    }
    write("progress-says", parts.join(" · "));
  }
  const detail = [];
  if (usable && !over && !undone) detail.push(count(words.usable, usable));
  if (preparing && !undone) detail.push(count(words.preparing, preparing));
  if (busy && sender?.speed > 0 && !sender.paused) detail.push(fill(words.speed, { size: size(sender.speed) }));
  write("progress-detail", detail.join(" · "));
  const any = files.records.length > 0;
  at("list-tools").hidden = !any;
  at("file-list").hidden = !any;
  const only = at("only-problems");
  only.hidden = problems === 0 && !list.problemsOnly;
  only.textContent = list.problemsOnly ? words.show_all : count(words.only_problems, problems);
  bar.hidden = undone;
  at("retry").hidden = undone || files.count("failed", "unreadable", "refused") === 0;
  const pause = at("pause");
  pause.hidden = !busy;
  pause.textContent = sender?.paused ? words.continue : words.pause;
  const see = at("see");
  see.hidden = undone || usable === 0;
  see.href = `/buscar?event=${event?.id ?? ""}`;
  const best = at("best"); // only those who review have it
  if (best) {
    best.hidden = undone || !over || usable === 0;
    best.href = `/revisar/carga/${batch}`;
  }
}

function sendingBytes() {
  let sum = 0;
  for (const record of sender?.running.keys() ?? []) if (record.state === "sending") sum += Math.min(record.sent, record.size);
  return sum;
}

function showSafety(busy) {
  const says = at("safety");
  const here = files.toSend;
  says.hidden = undone || !batch || (!here && !(files.arrived && files.missing <= 0 && files.preparing > 0));
  says.classList.toggle("good", !here);
  says.classList.toggle("wait", here > 0);
  if (!says.hidden) write("safety", here ? count(words.not_yet, here) : words.safe_to_leave);
  write("trouble", sender?.paused && !trouble ? words.paused : trouble);
  showResume(busy);
}

let kept = null;
function showResume(busy) {
  const box = at("resume");
  if (!box || !batch || !page.sends) return;
  const missing = files.missing - files.toSend;
  box.hidden = busy || reading > 0 || undone || missing <= 0 || !watch?.change;
  if (!box.hidden) write("resume-says", count(kept ? words.resume : words.resume_choose, missing));
  at("resume-go").hidden = !kept;
}

at("resume-go")?.addEventListener("click", async () => {
  if (!(await allowed(kept))) {
    kept = null;
    toast(words.refused_folder, { kind: "bad" });
    show();
    return;
  }
  await choose(kept);
});

at("only-problems").addEventListener("click", () => {
  list.filter(!list.problemsOnly);
  at("only-problems").setAttribute("aria-pressed", String(list.problemsOnly));
  show();
});

at("pause").addEventListener("click", async () => {
  if (sender.paused) {
    await renew();
    sender.resume();
  } else sender.pause();
  show();
});

/** Whoever signed in again in another tab has another form token; this page takes it over. */
async function renew() {
  try {
    const fresh = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const token = $('meta[name="csrf-token"]', fresh)?.content;
    if (token) $('meta[name="csrf-token"]').content = token;
  } catch (error) {
    console.warn("the form token stays as it was:", error);
  }
}

at("retry").addEventListener("click", async () => {
  const again = files.records.filter((record) => record.source && ["unreadable", "refused"].includes(record.state));
  for (const record of again) {
    record.known = record.item !== null;
    record.ends = record.upload = null;
    files.put(record, "waiting");
  }
  hand(again);
  if (!files.count("failed")) return;
  try {
    const said = await ask(`/cargas/${batch}/reintentar`, { method: "POST", json: {} });
    toast(said.message);
    watch.soon();
  } catch (error) {
    toast(error.message, { kind: "bad" });
  }
});

// -- the wrong event ------------------------------------------------------------------------------------

at("move-form").addEventListener("submit", async (pressed) => {
  pressed.preventDefault();
  const [event_id] = typeaheadOf(pressed.target.querySelector("[data-typeahead]")).values();
  if (!event_id) return;
  try {
    undoable(await ask(`/cargas/${batch}/mover`, { method: "POST", json: { event_id: Number(event_id) } }));
    closeDialog("move");
    at("move-refusal").hidden = true;
  } catch (error) {
    refuse("move-refusal", error);
  }
});

at("undo-batch").addEventListener("click", async () => {
  try {
    sender?.pause();
    undoable(await ask(`/cargas/${batch}/deshacer`, { method: "POST", json: {} }));
  } catch (error) {
    toast(error.message, { kind: "bad" });
  }
});

function undoable(said) {
  watch.soon();
  toast(said.message, {
    kind: "done",
    undo: async () => {
      await ask(`/cambios/${said.change}/deshacer`, { method: "POST", json: {} });
      watch.soon();
    },
  });
}

function refuse(id, error) {
  if (!(error instanceof Refusal)) throw error;
  const candidates = error.detail?.candidates;
  write(id, candidates?.length ? `${error.message} ${candidates.join(" · ")}` : error.message);
}

// -- staying and leaving --------------------------------------------------------------------------------

window.addEventListener("beforeunload", (leaving) => {
  if (files.toSend > 0 && batch) leaving.preventDefault();
});

document.addEventListener("click", (click) => {
  const link = click.target.closest("a[href]");
  if (!link || !batch || files.toSend === 0 || click.ctrlKey || click.metaKey || click.shiftKey || link.id === "leave-go") return;
  if (link.target === "_blank" || link.origin !== location.origin || link.getAttribute("href").startsWith("#")) return;
  click.preventDefault();
  write("leave-safe", files.arrived ? count(words.leave_safe, files.arrived) : words.nothing_yet);
  write("leave-here", count(words.leave_here, files.toSend));
  at("leave-go").href = link.href;
  openDialog("leave");
});
at("leave-stay").addEventListener("click", () => closeDialog("leave"));
at("leave-go").addEventListener("click", () => {
  sender?.pause();
  for (const record of files.records) if (record.state === "waiting") files.put(record, "missing"); // said already
});

async function stayAwake(wanted) {
  if (!navigator.wakeLock || wanted === Boolean(wakeLock) || (wanted && document.hidden)) return;
  if (!wanted) {
    wakeLock.release?.();
    wakeLock = null;
    return;
  }
  wakeLock = {};
  try {
    wakeLock = await navigator.wakeLock.request("screen");
    wakeLock.addEventListener("release", () => { wakeLock = null; });
  } catch {
    wakeLock = null; // the battery is low, or the machine does not do this
  }
}

function write(id, text) {
  const element = at(id);
  if (!element) return;
  if (element.textContent !== text) element.textContent = text;
  if (["trouble", "reading", "chosen-skipped", "new-event-refusal", "move-refusal"].includes(id)) element.hidden = !text;
}

// -- a batch that was begun before ----------------------------------------------------------------------

if (batch) {
  watch = new Watch(batch, hear);
  watch.start().then(async () => {
    kept = await recall(batch);
    show();
  });
} else show();
