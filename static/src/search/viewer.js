// Opening a picture over the grid: the page of the asset comes in, the address follows, back closes it.
import { AssetView } from "../asset/view.js";

export class Viewer {
  /** ``desk.grid`` is the grid below, which another search replaces. */
  constructor(desk, panel) {
    this.desk = desk;
    this.panel = panel;
    this.view = null;
  }

  get grid() {
    return this.desk.grid;
  }

  get open() {
    return this.view !== null;
  }

  async show(card) {
    const address = card.querySelector(".card-open").getAttribute("href");
    if (!(await this.bring(address, card))) return;
    history.pushState({ asset: card.dataset.id }, "", address);
  }

  /** Put the asset's page over the grid. False, and a plain visit, when that cannot be. */
  async bring(address, card) {
    let page;
    try {
      const answer = await fetch(address, { headers: { "X-Requested-With": "fetch", Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".asset");
      if (!page) throw new Error("no asset");
    } catch {
      location.assign(address);
      return false;
    }
    this.title ??= document.title;
    const fresh = document.adoptNode(page);
    const keptOpen = this.view?.root.classList.contains("with-facts");
    this.view?.end();
    this.view?.root.remove();
    document.body.append(fresh);
    document.body.classList.add("viewing");
    if (keptOpen !== undefined) fresh.classList.toggle("with-facts", keptOpen);
    this.card = card;
    standIn(fresh, card);
    this.view = new AssetView(fresh, {
      panel: this.panel,
      close: () => history.back(),
      step: (by) => this.step(by),
      neighbours: () => this.neighbours(),
      gone: () => this.leave(),
      changed: () => this.bring(location.pathname + location.search, this.card),
    });
    document.title = `${fresh.dataset.title} · ${this.title}`;
    return true;
  }

  // It went to the bin: back to the grid, without it.
  leave() {
    const id = this.card.dataset.id;
    addEventListener("popstate", () => setTimeout(() => this.grid.drop([id])), { once: true });
    history.back();
  }

  neighbours() {
    const here = this.grid.cards.indexOf(this.card);
    return [this.grid.cards[here + 1], this.grid.cards[here - 1]].map((card) => card && largest(card)).filter(Boolean);
  }

  async step(by) {
    const here = this.grid.cards.indexOf(this.card);
    if (by > 0 && here > this.grid.cards.length - 6) this.grid.more();
    const to = this.grid.cards[here + by];
    if (!to || this.moving) return;
    this.moving = true;
    const address = to.querySelector(".card-open").getAttribute("href");
    if (await this.bring(address, to)) history.replaceState({ asset: to.dataset.id }, "", address);
    this.moving = false;
  }

  /** After back or forward. True when that was ours: an asset came or went over the same grid. */
  follow() {
    const asset = location.pathname.match(/^\/material\/(\d+)/)?.[1];
    const card = asset && this.grid?.card(asset);
    if (asset && !card) return location.reload() ?? true;
    if (card) this.bring(location.pathname + location.search, card);
    else if (this.open) this.close();
    else return false;
    return true;
  }

  close() {
    const card = this.card;
    this.view.end();
    this.view.root.remove();
    this.view = null;
    document.body.classList.remove("viewing");
    document.title = this.title;
    this.grid.focus(card);
  }
}

/** The largest version the grid knows of. */
export function largest(card) {
  return card.querySelector(".card-picture")?.srcset.split(", ").at(-1).split(" ")[0];
}

// Until the large picture is here, the small one stands in its place.
function standIn(root, card) {
  const picture = root.querySelector(".asset-picture");
  const small = card.querySelector(".card-picture");
  if (picture && small) picture.style.backgroundImage = `url("${small.currentSrc || small.src}")`;
}
