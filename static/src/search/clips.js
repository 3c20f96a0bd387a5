// A clip moves through its storyboard under the pointer.

/** Make a card with a storyboard play through it as the pointer goes from left to right. */
export function playable(card) {
  if (!card.dataset.story || !card.dataset.strip) return;
  const sheet = JSON.parse(card.dataset.story);
  const link = card.querySelector(".card-open");
  let frame = null;
  link.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    frame ??= show(link, card.dataset.strip);
    const box = link.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 0.999);
    place(frame, sheet, Math.floor(share * sheet.tiles));
    frame.style.setProperty("--at", String(share));
  });
  link.addEventListener("pointerleave", () => {
    frame?.remove();
    frame = null;
  });
}

function show(link, address) {
  const frame = document.createElement("span");
  frame.className = "card-frame";
  frame.style.backgroundImage = `url("${address}")`;
  link.append(frame);
  return frame;
}

/** Show one tile of a storyboard as the background of ``frame``, filling it. */
export function place(frame, sheet, tile) {
  const column = tile % sheet.columns;
  const row = Math.floor(tile / sheet.columns);
  frame.style.backgroundSize = `${sheet.columns * 100}% ${sheet.rows * 100}%`;
  const x = sheet.columns > 1 ? (column / (sheet.columns - 1)) * 100 : 0;
  const y = sheet.rows > 1 ? (row / (sheet.rows - 1)) * 100 : 0;
  frame.style.backgroundPosition = `${x}% ${y}%`;
}
