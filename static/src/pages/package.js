// A package on its way: how far it is, and the download as soon as it is there.
import { $ } from "../page.js";
import { ask } from "../http.js";

const root = $("[data-package]");
const MOST = 8; // seconds between two looks when the archive does not answer

function show(state) {
  $("[data-bar]", root).max = state.files;
  $("[data-bar]", root).value = state.there + state.left_out;
  $("[data-said]", root).textContent = state.said;
  $("[data-close]", root).hidden = state.ready || !state.there;
}

async function follow(close = false) {
  let wait = 1;
  for (;;) {
    try {
      const state = await ask(root.dataset.goOn, { method: "POST", form: close ? { close: "1" } : {} });
      show(state);
      if (state.ready) return done(state);
      close = false;
      wait = state.again;
    } catch (error) {
      if (error.status >= 400 && error.status < 500) {
        $("[data-said]", root).textContent = error.message;
        return;
      }
      $("[data-said]", root).textContent = root.dataset.broken;
      wait = Math.min(MOST, wait * 2);
    }
    await new Promise((next) => setTimeout(next, wait * 1000));
  }
}

function done(state) {
  if (!state.there) return location.reload(); // the page says why
  $("[data-title]", root).textContent = root.dataset.done;
  $("[data-hint]", root).hidden = true;
  $("[data-take]", root).hidden = false;
  location.assign(state.zip);
  if (state.left_out) setTimeout(() => location.reload(), 3000); // and then what is missing, and why
}

$("[data-close]", root).addEventListener("submit", (event) => {
  event.preventDefault();
  follow(true);
});
if (!("ready" in root.dataset)) follow();
