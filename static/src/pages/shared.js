// Pages for people outside, and the page that shows a link that was just made.
import { $ } from "../page.js";
import { toast } from "../toast.js";
import { copy, listenForSharing, wireSharing } from "../taking/share.js";

wireSharing();
listenForSharing();

const made = $("[data-share]");
if (made) {
  const address = $("[data-address]", made);
  $("[data-copy]", made).addEventListener("click", async () => {
    address.select();
    if ((await copy(address.value)) || document.execCommand("copy")) toast(made.dataset.copied);
  });
  const native = $("[data-native]", made);
  native.hidden = !(isSecureContext && navigator.share);
  native.addEventListener("click", () => navigator.share({ title: made.dataset.title, url: address.value }).catch(() => {}));
}
