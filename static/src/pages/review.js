// The queue, the best twelve, what was withdrawn and the places to clean.
import { $, $$, data } from "../page.js";
import { ask } from "../http.js";
import { toast } from "../toast.js";
import { Queue } from "../review/queue.js";
import { release } from "../review/release.js";

const queue = $("#review");
if (queue && $("#review-bar")) new Queue(queue, $("#review-bar"), $("#review-peek"));

const best = $("#best");
if (best) {
  const words = data("review-words");
  best.addEventListener("click", (event) => {
    const button = event.target.closest("[data-release]");
    if (!button) return;
    const one = button.closest(".best-one");
    const deed = button.dataset.release;
    const before = { review: one.dataset.review, minors: one.dataset.minors,
      said: [$("[data-review-word]", one).textContent, $("[data-minors-word]", one).textContent] };
    const more = deed === "approve" && $("[data-no-minors]", best).checked ? { no_minors: true } : {};
    release(deed, { ids: [Number(one.dataset.id)] }, {
      more,
      after: () => {
        if (deed === "approve") mark(one, "review", "approved", words.approved);
        if (deed === "reject") mark(one, "review", "rejected", words.rejected);
        if (deed === "minors-yes") mark(one, "minors", "yes", words.yes);
        if (more.no_minors && one.dataset.minors === "not_looked_at") mark(one, "minors", "no", words.no);
        if (deed !== "minors-yes") one.nextElementSibling?.scrollIntoView({ block: "start", behavior: "smooth" });
      },
      back: () => {
        mark(one, "review", before.review, before.said[0]);
        mark(one, "minors", before.minors, before.said[1]);
        one.scrollIntoView({ block: "start" });
      },
    });
  });
}

function mark(one, name, value, word) {
  one.dataset[name] = value;
  $(`[data-${name}-word]`, one).textContent = word;
}

for (const button of $$("#withdrawn [data-reinstate]")) {
  const line = button.closest(".binned-one");
  button.addEventListener("click", () => release("reinstate", { ids: [Number(line.dataset.id)] }, {
    after: () => { line.hidden = true; },
    back: () => { line.hidden = false; },
  }));
}

for (const box of $$("#places [data-clean]")) {
  box.addEventListener("change", async () => {
    try {
      const answer = await ask(box.dataset.clean, { method: "POST", json: { cleaned: box.checked } });
      box.closest("tr").classList.toggle("closed", box.checked);
      toast(answer.message, { kind: "done" });
    } catch (error) {
      box.checked = !box.checked;
      toast(error.message, { kind: "bad" });
    }
  });
}
