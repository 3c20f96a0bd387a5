// Lists of the catalogue follow what one types, and go on as one scrolls.
import { $ } from "../page.js";
import { toast } from "../toast.js";

const PAUSE = 150; // milliseconds of rest before asking
const rows = $("[data-rows]");
const form = $("[data-list]");
let clock = 0;
let asking = null;

form?.addEventListener("input", () => {
  clearTimeout(clock);
  clock = setTimeout(follow, PAUSE);
});
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(clock);
  follow();
});

function address() {
  const said = new URLSearchParams([...new FormData(form)].filter(([name, value]) => value !== "" || name === "estado"));
  return said.size ? `${location.pathname}?${said}` : location.pathname;
}

async function follow() {
  const wanted = address();
  const answer = await fetched(wanted);
  if (answer === null) return;
  rows.replaceChildren(...answer);
  history.replaceState(null, "", wanted);
  watch();
}

/** The rows of `wanted` as nodes; null when another question came meanwhile, or nobody answers. */
async function fetched(wanted) {
  asking?.abort();
  const mine = (asking = new AbortController());
  rows.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(wanted, { headers: { "X-Requested-With": "fetch" }, signal: mine.signal });
    if (answer.status === 401) location.reload();
    if (!answer.ok) throw new Error();
    return [...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes];
  } catch (error) {
    if (error.name !== "AbortError") toast($("#toasts").dataset.failed, { kind: "bad" });
    return null;
  } finally {
    if (asking === mine) rows.removeAttribute("aria-busy");
  }
}

const near = new IntersectionObserver((seen) => {
  for (const one of seen) if (one.isIntersecting) more(one.target);
}, { rootMargin: "600px" });

function watch() {
  near.disconnect();
  const link = $("[data-next]", rows);
  if (link) near.observe(link);
}

async function more(link) {
  near.disconnect();
  const answer = await fetched(link.href);
  if (answer === null) return;
  const holder = link.closest(".more");
  holder.before(...answer);
  holder.remove();
  joinLists();
  watch();
}

// The rows of a further page belong to the list of the first.
function joinLists() {
  const [first, ...others] = rows.querySelectorAll(":scope > ol, :scope > ul, :scope > .table-wrap tbody");
  for (const other of others) {
    first.append(...other.children);
    (other.closest(".table-wrap") ?? other).remove();
  }
}

if (rows) watch();
