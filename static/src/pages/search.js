// The search page, and every page with a grid: events, people, places.
import { $, $$ } from "../page.js";
import { wire } from "../typeahead.js";
import { toast } from "../toast.js";
import { closeSheet } from "../dialog.js";
import { Grid } from "../search/grid.js";
import { Selection } from "../search/selection.js";
import { DescribePanel } from "../search/describe.js";
import { Viewer } from "../search/viewer.js";
import { wireGridKeys } from "../search/keyboard.js";
import { wirePeek } from "../search/peek.js";
import { wireTimeline } from "../search/timeline.js";
import { loadSaved, remember, wireSaving } from "../search/memory.js";
import { wireChart } from "../search/chart.js";
import { wireTaking } from "../taking/take.js";
import { wireCollecting } from "../taking/collect.js";
import { listenForSharing, wireSharing } from "../taking/share.js";
import { wireBar } from "../review/release.js";
import { wireGroups } from "../families/group.js";

const PATIENCE = 1500; // milliseconds that the counts wait for the first row of pictures at most

const desk = { grid: null, selection: null };
const bar = $("#selection");
const panel = $("#describe") && new DescribePanel($("#describe"), bar);
const viewer = new Viewer(desk, panel);
const peek = wirePeek($("#peek"), desk);
const results = $("#results");
const markTimeline = wireTimeline($("#timeline"), desk);
let shown = searchOf(location);
let asked = { address: shown }; // the search that was asked for last: an answer to an earlier one comes too late

wire();
mount();
wireSaving(() => shown.split("?")[1] ?? "");
loadSaved();
wireTaking(desk);
wireCollecting(desk);
wireSharing();
listenForSharing();
document.addEventListener("grid:drop", (event) => {
  desk.selection?.clear();
  desk.grid?.drop(event.detail.ids);
});
wireGridKeys(desk, { open: (card) => viewer.show(card), peek, describe });
$("[data-describe]", bar)?.addEventListener("click", describe);
wireGroups(bar, () => desk.selection?.said(), regrouped);
wireBar(bar, () => desk.selection?.said(), (deed, said) => (deed === "withdraw" ? withdrawn() : freshen(said)));
addEventListener("popstate", () => {
  if (viewer.follow()) return;
  if (results && searchOf(location) !== asked.address) go(location.pathname + location.search, false);
});

function mount() {
  desk.grid?.end();
  desk.grid = desk.selection = null;
  const root = $("[data-grid]");
  if (!root) {
    bar.hidden = true;
    loadRail();
    remember(results);
    return;
  }
  desk.grid = new Grid(root);
  desk.selection = new Selection(desk.grid, bar);
  root.addEventListener("click", (event) => {
    const link = event.target.closest(".card-open");
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    viewer.show(link.closest(".card"));
  });
  desk.selection.show();
  firstRow(root).then(loadRail).then(() => remember(results));
}

function describe() {
  const { grid, selection } = desk;
  if (!panel || !selection) return false;
  if (!selection.size && grid.current) selection.only(grid.current);
  if (!selection.size) return false;
  panel.show({ said: () => selection.said(), saved: freshen });
  return true;
}

// Stacks are counted by the index, which is a moment behind.
function regrouped() {
  setTimeout(() => (results ? go(location.pathname + location.search, false) : location.reload()), 1000);
}

// What was withdrawn is found by nobody any more.
function withdrawn() {
  const { grid, selection } = desk;
  const ids = grid.cards.map((card) => card.dataset.id).filter((id) => selection.has(id));
  selection.clear();
  grid.drop(ids);
}

// What was described is shown as it is now.
async function freshen(said) {
  const ids = (said.ids ?? desk.grid.cards.map((card) => Number(card.dataset.id))).slice(0, 300);
  const answer = await fetch(`${bar.dataset.summary}/fichas`, { method: "POST", body: JSON.stringify({ ids, args: desk.grid.args }),
    headers: { "Content-Type": "application/json", "X-CSRFToken": $('meta[name="csrf-token"]').content, "X-Requested-With": "fetch" } });
  if (answer.ok) desk.grid.refresh(await answer.text());
}

// another search without another page: the address follows, the results and the filters are replaced

function searchOf(address) {
  return address.pathname.startsWith("/material/") ? shown : address.pathname + address.search;
}

async function go(address, push = true) {
  const mine = (asked = { address });
  results.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { headers: { "X-Requested-With": "fetch", Accept: "text/html" } });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).message ?? $("#toasts").dataset.failed);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    results.replaceChildren(...[...page.body.childNodes].map((node) => document.adoptNode(node)));
    if (push) history.pushState(null, "", address);
    shown = address;
    const box = $("#q");
    if (box && document.activeElement !== box) box.value = new URL(address, location.href).searchParams.get("q") ?? "";
    scrollTo(0, 0);
    mount();
  } catch (error) {
    if (mine !== asked) return;
    mine.address = shown;
    toast(error.message, { kind: "bad" });
  } finally {
    if (mine === asked) results.removeAttribute("aria-busy");
  }
}

if (results) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-search]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    closeSheet("filters");
    go(link.getAttribute("href"));
  });
  document.addEventListener("search:go", (event) => {
    event.preventDefault();
    go(event.detail.address);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-search-form]")) return;
    event.preventDefault();
    const args = new URLSearchParams([...new FormData(event.target)].filter(([, value]) => value));
    closeSheet("filters");
    go(`/buscar?${args}`);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-order]")) go(event.target.value);
  });
  $(".bar-search")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("#q").value.trim();
    const next = new URLSearchParams(shown.split("?")[1] ?? "");
    next.delete("after");
    if (text) next.set("q", text);
    else next.delete("q");
    const args = next.toString();
    $("#q").blur();
    go(args ? `/buscar?${args}` : "/buscar");
  });
}

// the counts: after the first row of pictures, and never in their way

async function loadRail() {
  const rail = $("#rail");
  if (!rail) return;
  const address = shown.split("?")[1] ?? "";
  rail.dataset.for = address;
  try {
    const answer = await fetch(`${rail.dataset.counts}?${address}`, { headers: { "X-Requested-With": "fetch", Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (rail.dataset.for !== address) return; // another search meanwhile
    const open = new Set($$("details[open]", rail).map((each) => each.dataset.group));
    rail.replaceChildren(...[...$("[data-groups]", page).childNodes].map((node) => document.adoptNode(node)));
    for (const group of $$("details", rail)) if (open.has(group.dataset.group)) group.open = true;
    wireChart(rail, go);
    const line = $("[data-timeline]", page);
    $("#timeline")?.replaceChildren(...(line ? [...line.childNodes].map((node) => document.adoptNode(node)) : []));
    markTimeline();
    const count = $("[data-chosen-count]");
    if (count) count.textContent = $$(".choice.chosen", rail).length || "";
  } catch {
    rail.textContent = rail.dataset.broken;
  }
}

function firstRow(root) {
  const pictures = $$(".row:first-child .card-picture", root).slice(0, 6);
  const waits = pictures.map((picture) => picture.complete || new Promise((here) => {
    picture.addEventListener("load", here, { once: true });
    picture.addEventListener("error", here, { once: true });
  }));
  return Promise.race([Promise.all(waits), new Promise((late) => setTimeout(late, PATIENCE))]);
}

// What is still being prepared appears by itself, unless somebody is in the middle of something.

const AGAIN = 4000; // milliseconds; longer and longer while nothing changes
const SELDOM = 60000;
if ($("[data-arriving]")) setTimeout(look, AGAIN, AGAIN);

async function look(pause) {
  const busy = document.hidden || document.body.matches(".has-selection, .describing, .viewing")
    || $("dialog[open], details.menu[open]") || document.activeElement?.matches("input, textarea, select");
  if (!busy && (await moved())) location.reload();
  else setTimeout(look, pause, busy ? AGAIN : Math.min(pause * 1.5, SELDOM));
}

async function moved() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return $("[data-arriving]", page)?.textContent !== $("[data-arriving]").textContent;
}
