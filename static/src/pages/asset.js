// The page of one asset when it was opened by its address; over the grid search/viewer.js does this.
import { wire } from "../typeahead.js";
import { AssetView } from "../asset/view.js";
import { DescribePanel } from "../search/describe.js";

const root = document.querySelector(".asset");
if (root) {
  wire();
  const panel = document.getElementById("describe");
  const bar = document.getElementById("selection");
  const address = (name) => root.querySelector(`[data-does="${name}"]`)?.getAttribute("href");
  new AssetView(root, {
    panel: panel && bar ? new DescribePanel(panel, bar) : null,
    close: () => location.assign(root.dataset.back),
    step: (by) => {
      const to = address(by < 0 ? "before" : "after");
      if (to) location.replace(to);
    },
    changed: () => location.reload(),
  });
}
