// The order of a collection: by dragging, or by the keyboard. Each move is kept at once and can be undone.
import { $, $$, fill } from "../page.js";
import { ask } from "../http.js";
import { toast } from "../toast.js";

const list = $("[data-arrange]");
const say = $("[data-say]");
const items = () => $$(".arrange-item", list);
const EDGE = 80; // pixels at the window's edge where the page follows

list.addEventListener("focusin", (event) => choose(event.target.closest(".arrange-item")));

function choose(item) {
  for (const each of items()) {
    const here = each === item;
    each.tabIndex = here ? 0 : -1;
    each.setAttribute("aria-selected", String(here));
  }
}

function number() {
  for (const [place, item] of items().entries()) $(".arrange-number", item).textContent = place + 1;
}

function tell(item) {
  say.textContent = fill(list.dataset.place, { place: items().indexOf(item) + 1, count: items().length });
}

let queue = Promise.resolve();

/** Keeps where `item` stands now; `before` is where it stood, to put it back when that is refused. */
function keep(item, stood) {
  number();
  tell(item);
  const next = item.nextElementSibling;
  const body = { ids: [Number(item.dataset.id)], before: next ? Number(next.dataset.id) : null };
  queue = queue.then(async () => {
    try {
      const answer = await ask(list.dataset.arrange, { method: "POST", json: body });
      toast(answer.message, { undo: () => undo(answer.change_id, item, stood), seconds: 5 });
    } catch (error) {
      list.insertBefore(item, stood);
      number();
      toast(error.message, { kind: "bad" });
    }
  });
}

async function undo(changeId, item, stood) {
  await ask(list.dataset.undo.replace("/0/", `/${changeId}/`), { method: "POST", json: {} });
  list.insertBefore(item, stood?.parentElement === list ? stood : null);
  number();
}

// the keyboard

function across() {
  const all = items();
  const top = all[0]?.offsetTop;
  return Math.max(1, all.findIndex((item) => item.offsetTop > top) === -1 ? all.length : all.findIndex((item) => item.offsetTop > top));
}

list.addEventListener("keydown", (event) => {
  const item = event.target.closest(".arrange-item");
  if (!item || event.target.matches("textarea")) {
    if (event.key === "Escape") item?.focus();
    return;
  }
  const all = items();
  const at = all.indexOf(item);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - across(), ArrowDown: at + across(), Home: 0, End: all.length - 1 }[event.key];
  if (event.key === "Enter" || event.key === "F2") {
    event.preventDefault();
    $("textarea", item).focus();
    return;
  }
  if (to === undefined) return;
  event.preventDefault();
  const place = Math.max(0, Math.min(all.length - 1, to));
  if (!event.altKey) {
    choose(all[place]);
    all[place].focus();
    return;
  }
  if (place === at) return;
  const stood = item.nextElementSibling;
  list.insertBefore(item, place < at ? all[place] : all[place].nextElementSibling);
  item.focus();
  item.scrollIntoView({ block: "nearest" });
  keep(item, stood);
});

// the pointer

list.addEventListener("pointerdown", (event) => {
  const item = event.target.closest(".arrange-item");
  if (!item || event.button !== 0 || event.target.matches("textarea")) return;
  const stood = item.nextElementSibling;
  const start = { x: event.clientX, y: event.clientY };
  let last = event;
  let dragging = false;
  let clock = 0;
  const begin = () => {
    dragging = true;
    item.classList.add("dragged");
    item.setPointerCapture?.(event.pointerId);
    list.classList.add("moving");
    clock = setInterval(() => {
      const by = last.clientY < EDGE ? -14 : last.clientY > innerHeight - EDGE ? 14 : 0;
      if (by) {
        scrollBy(0, by);
        place();
      }
    }, 16);
  };
  const rest = event.pointerType === "touch" ? setTimeout(begin, 350) : 0;
  const place = () => {
    const under = document.elementsFromPoint(last.clientX, last.clientY)
      .map((each) => each.closest?.(".arrange-item")).find((each) => each && each !== item);
    if (!under) return;
    const box = under.getBoundingClientRect();
    const after = last.clientX > box.left + box.width / 2;
    list.insertBefore(item, after ? under.nextElementSibling : under);
  };
  const move = (moved) => {
    last = moved;
    const far = Math.hypot(moved.clientX - start.x, moved.clientY - start.y) > 6;
    if (!dragging && far) {
      if (event.pointerType === "touch") return end();
      begin();
    }
    if (!dragging) return;
    moved.preventDefault();
    place();
  };
  const hold = (touch) => dragging && touch.preventDefault();
  const end = () => {
    clearTimeout(rest);
    clearInterval(clock);
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
    list.removeEventListener("touchmove", hold);
    item.classList.remove("dragged");
    list.classList.remove("moving");
    if (dragging && item.nextElementSibling !== stood) keep(item, stood);
    dragging = false;
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
  list.addEventListener("touchmove", hold, { passive: false });
});
list.addEventListener("dragstart", (event) => event.preventDefault());

// the notes

list.addEventListener("change", async (event) => {
  if (!event.target.matches(".arrange-note")) return;
  const asset = Number(event.target.closest(".arrange-item").dataset.id);
  try {
    const answer = await ask(list.dataset.note, { method: "POST", json: { asset_id: asset, text: event.target.value } });
    toast(answer.message, { seconds: 3 });
  } catch (error) {
    toast(error.message, { kind: "bad" });
  }
});
