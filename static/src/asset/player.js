// A clip's seek bar with its storyboard: native controls play, this one shows where one is going.
import { $, el } from "../page.js";
import { place } from "../search/clips.js";

const STEP = 5; // seconds

/** Brings the storyboard bar below a clip to life. Null where there is none. */
export function wirePlayer(root) {
  const video = $(".asset-clip", root); // a clip, or a recording
  const bar = $(".seek", root);
  if (!video) return null;
  if (!bar) return { end: () => video.pause() };
  const sheet = bar.dataset.story ? JSON.parse(bar.dataset.story) : null;
  const seconds = () => (Number.isFinite(video.duration) ? video.duration : Number(bar.dataset.seconds)) || 1;
  const done = $(".seek-done", bar);
  const hint = el("span", { class: "seek-hint", hidden: true }, el("span", { class: "seek-frame" }), el("span", { class: "seek-time" }));
  const frame = hint.firstElementChild;
  if (sheet) {
    frame.style.backgroundImage = `url("${bar.dataset.strip}")`;
    frame.style.width = `${sheet.tile_width}px`;
    frame.style.height = `${sheet.tile_height}px`;
  }
  bar.append(hint);

  const share = (event) => {
    const box = bar.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
  };
  const point = (event) => {
    const at = share(event);
    hint.hidden = false;
    const half = (sheet?.tile_width ?? 60) / 2;
    const width = bar.clientWidth;
    hint.style.left = `${Math.min(Math.max(at * width, half), width - half)}px`;
    hint.lastElementChild.textContent = clock(at * seconds());
    if (sheet) place(frame, sheet, Math.min(sheet.tiles - 1, Math.floor((at * seconds()) / sheet.interval)));
  };
  const go = (event) => {
    video.currentTime = share(event) * seconds();
  };
  bar.addEventListener("pointermove", (event) => {
    point(event);
    if (event.buttons === 1) go(event);
  });
  bar.addEventListener("pointerdown", (event) => {
    bar.setPointerCapture(event.pointerId);
    go(event);
  });
  bar.addEventListener("pointerleave", () => { hint.hidden = true; });
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    video.currentTime = Math.min(Math.max(video.currentTime + by, 0), seconds());
  });
  const tell = () => {
    done.style.width = `${(video.currentTime / seconds()) * 100}%`;
    bar.setAttribute("aria-valuenow", String(Math.round(video.currentTime)));
    bar.setAttribute("aria-valuetext", clock(video.currentTime));
  };
  video.addEventListener("timeupdate", tell);
  video.addEventListener("seeking", tell);
  return { end: () => video.pause() };
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
