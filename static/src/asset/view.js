// One asset, large: arrows move, i shows the facts, f fills the screen, a click shows every pixel.
import { $, $$ } from "../page.js";
import { ask } from "../http.js";
import { onKey } from "../keys.js";
import { toast } from "../toast.js";
import { wirePlayer } from "./player.js";
import { undo } from "../search/selection.js";
import { release } from "../review/release.js";

const SWIPE = 60; // pixels
const LOOK_AGAIN = 3000; // milliseconds, while the picture is being prepared

export class AssetView {
  /** ``way``: close(), step(by), neighbours() → addresses of their pictures, changed(), gone() (it left the
      results), panel (the describing panel or null). */
  constructor(root, way) {
    this.root = root;
    this.way = way;
    this.bar = document.getElementById("selection") ?? root;
    this.offs = [
      onKey("ArrowLeft", () => this.step(-1)),
      onKey("ArrowRight", () => this.step(1)),
      onKey("Escape", () => this.escape()),
      onKey("i", () => this.facts()),
      onKey("f", () => this.fill()),
      onKey("d", () => $("[data-take]", root)?.click()),
      onKey("e", () => this.describe()),
      onKey("x", () => true),
      onKey("a", () => true),
      onKey("Enter", () => $("[data-accept]", root)?.click() ?? true),
      onKey(" ", (event) => this.play(event)),
    ];
    for (const key of ["ArrowUp", "ArrowDown", "Home", "End"]) this.offs.push(onKey(key, () => false));
    for (const button of $$("[data-does]", root)) button.addEventListener("click", (event) => this.does(event, button.dataset.does));
    for (const form of $$("form[data-json]", root)) form.addEventListener("submit", (event) => this.send(event));
    const changed = () => this.way.changed();
    for (const button of $$("[data-release]", root)) {
      button.addEventListener("click", () => release(button.dataset.release, { ids: [Number(root.dataset.id)] }, { after: changed, back: changed }));
    }
    for (const box of $$("[data-clean]", root)) box.addEventListener("change", () => this.clean(box));
    const stage = $(".asset-stage", root);
    stage?.addEventListener("click", (event) => this.zoom(event));
    this.wireSwipe(stage);
    this.player = wirePlayer(root);
    if (matchMedia("(min-width: 1200px)").matches && remembered("facts") !== "no") root.classList.add("with-facts");
    this.settleFacts();
    this.preload();
    if ("waiting" in root.dataset) this.waiting = setTimeout(() => this.way.changed(), LOOK_AGAIN);
    root.focus({ preventScroll: true });
  }

  end() {
    clearTimeout(this.waiting);
    for (const off of this.offs) off();
    this.player?.end();
    if (document.fullscreenElement) document.exitFullscreen();
  }

  does(event, what) {
    const deeds = { close: () => this.way.close(), before: () => this.step(-1), after: () => this.step(1), facts: () => this.facts(),
      fill: () => this.fill(), describe: () => this.describe() };
    event.preventDefault();
    deeds[what]?.();
  }

  step(by) {
    const playing = $(".asset-clip", this.root);
    if (playing && document.activeElement === playing) return false;
    return this.way.step(by);
  }

  escape() {
    if (this.root.classList.contains("whole")) return this.root.classList.remove("whole");
    return this.way.close();
  }

  facts() {
    this.root.classList.toggle("with-facts");
    localStorage.setItem("acervo-facts", this.root.classList.contains("with-facts") ? "yes" : "no");
    this.settleFacts();
  }

  settleFacts() {
    const open = this.root.classList.contains("with-facts");
    $('[data-does="facts"]', this.root)?.setAttribute("aria-expanded", String(open));
    const panel = $(".asset-facts", this.root);
    if (panel) panel.inert = !open;
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.();
  }

  play(event) {
    const video = $(".asset-clip", this.root);
    if (!video || event.target.closest("button, summary, a")) return false;
    if (video.paused) video.play();
    else video.pause();
    return true;
  }

  // every pixel of the largest version we show

  zoom(event) {
    const picture = $(".asset-picture", this.root);
    if (!picture || event.target !== picture || this.swiped) return;
    const box = picture.getBoundingClientRect();
    const at = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
    const stage = $(".asset-stage", this.root);
    const whole = this.root.classList.toggle("whole");
    if (!whole) return;
    if (picture.dataset.large) {
      picture.removeAttribute("srcset");
      picture.src = picture.dataset.large;
    }
    const centre = () => stage.scrollTo(at.x * picture.offsetWidth - stage.clientWidth / 2, at.y * picture.offsetHeight - stage.clientHeight / 2);
    centre();
    picture.addEventListener("load", centre, { once: true });
  }

  wireSwipe(stage) {
    let start = null;
    stage?.addEventListener("touchstart", (event) => { start = event.touches.length === 1 ? event.touches[0] : null; }, { passive: true });
    stage?.addEventListener("touchend", (event) => {
      const end = event.changedTouches[0];
      if (!start || this.root.classList.contains("whole")) return;
      const [x, y] = [end.clientX - start.clientX, end.clientY - start.clientY];
      this.swiped = Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y);
      if (this.swiped) this.step(x < 0 ? 1 : -1);
      setTimeout(() => { this.swiped = false; }, 50);
    }, { passive: true });
  }

  preload() {
    for (const picture of this.way.neighbours?.() ?? []) new Image().src = picture;
  }

  describe() {
    if (!this.way.panel || !("describable" in this.root.dataset)) return false;
    const id = Number(this.root.dataset.id);
    this.way.panel.show({ said: () => ({ ids: [id] }), saved: () => this.way.changed() });
    return true;
  }

  // a publication that was taken down, or a wrong note of one

  async clean(box) {
    try {
      const answer = await ask(box.dataset.clean, { method: "POST", json: { cleaned: box.checked } });
      toast(answer.message, { kind: "done" });
    } catch (error) {
      box.checked = !box.checked;
      toast(error.message, { kind: "bad" });
    }
  }

  // a form that does one thing to this asset: take the suggested municipality, to the bin, back from it

  async send(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const body = JSON.parse(form.dataset.json);
    try {
      const answer = await ask(form.action, { method: "POST", json: body });
      const leaves = "leaves" in form.dataset && this.way.gone;
      const after = () => (leaves ? location.reload() : this.way.changed());
      const back = answer.change_id && (() => undo(this.bar, answer.change_id).then(after));
      toast(answer.message, { kind: "done", undo: back || undefined });
      if (leaves) this.way.gone();
      else this.way.changed();
    } catch (error) {
      toast(error.message, { kind: "bad" });
    }
  }
}

function remembered(name) {
  return localStorage.getItem(`acervo-${name}`);
}
