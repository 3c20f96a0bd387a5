// From where to where a clip is cut, and the addresses of its formats for that span.
import { $, $$, fill } from "../page.js";

export function wireCut(root) {
  const player = $("[data-player]", root);
  const from = $("[data-from]", root);
  const to = $("[data-to]", root);
  const whole = Number(root.dataset.seconds);
  const length = $("[data-length]", root);
  const plain = (seconds) => String(Math.round(seconds * 1000) / 1000);

  function settle() {
    const start = Math.max(0, Number(from.value) || 0);
    const end = Math.min(whole || Infinity, Number(to.value) || whole);
    const cut = start > 0.05 || end < whole - 0.05;
    length.textContent = fill(length.dataset.says, { seconds: (end - start).toFixed(1) });
    for (const link of $$("[data-format]", root)) {
      const key = link.dataset.format;
      const moment = link.dataset.moment === "yes";
      const span = moment ? `@${plain(player.currentTime)}` : cut ? `@${plain(start)}-${plain(end)}` : "";
      link.href = root.dataset.taking + key + (moment && !player.currentTime ? "" : span);
      const most = Number(link.dataset.most);
      const long = most && !moment && end - start > most + 0.05;
      link.toggleAttribute("data-refused", Boolean(long));
      link.title = long ? fill(link.dataset.saysLong, { seconds: most }) : "";
    }
  }

  for (const field of [from, to]) field.addEventListener("input", settle);
  for (const name of ["timeupdate", "seeked"]) player.addEventListener(name, settle);
  for (const button of $$("[data-here]", root)) {
    button.addEventListener("click", () => {
      (button.dataset.here === "from" ? from : to).value = player.currentTime.toFixed(1);
      settle();
    });
  }
  settle();
}
