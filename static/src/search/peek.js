// Space: the picture large for a moment, without leaving the grid.
import { el } from "../page.js";
import { largest } from "./viewer.js";

export function wirePeek(dialog, desk) {
  let peeked = null;

  // The browser gives the focus back to where it was; it belongs to the picture one looked at last.
  function end() {
    dialog.close();
    desk.grid?.focus(peeked);
  }

  function show(card) {
    const { selection } = desk;
    peeked = card;
    const large = largest(card);
    const shape = card.dataset.w / card.dataset.h;
    const media = card.dataset.kind === "video"
      ? el("video", { src: `/archivo/${card.dataset.id}/mp4-720`, controls: true, autoplay: true, poster: large })
      : card.dataset.kind === "audio"
      ? el("video", { src: `/archivo/${card.dataset.id}/audio-mp3`, controls: true, autoplay: true, poster: large })
      : el("img", { src: large ?? "", alt: card.querySelector(".card-open").getAttribute("aria-label") });
    media.style.aspectRatio = String(shape);
    media.style.setProperty("--shape", String(shape));
    const blur = card.querySelector(".card-blur");
    if (blur) media.style.backgroundImage = `url("${blur.src}")`;
    const strip = card.querySelector(".card-strip").cloneNode(true);
    strip.className = "peek-strip";
    strip.removeAttribute("aria-hidden");
    dialog.replaceChildren(media, strip);
    dialog.classList.toggle("chosen", selection.has(card.dataset.id));
    if (!dialog.open) dialog.showModal();
    dialog.focus();
  }

  dialog.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      const playing = dialog.querySelector("video");
      if (event.target === playing) return;
      end();
    } else if (event.key.startsWith("Arrow")) {
      desk.grid.focus(desk.grid.step(event.key));
      show(desk.grid.current);
    } else if (event.key === "x") {
      desk.selection.toggle(desk.grid.current);
      dialog.classList.toggle("chosen", desk.selection.has(desk.grid.current.dataset.id));
    } else if (event.key === "Escape") {
      end();
    } else if (event.key === "Enter") {
      end();
      peeked.querySelector(".card-open").click();
    } else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", (event) => event.target.closest("video") ?? end());
  dialog.addEventListener("close", () => dialog.replaceChildren());
  return show;
}
