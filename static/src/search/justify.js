// Justified rows: no cropping, every full row exactly as wide as the grid, whole pixels.

/** Shapes (width divided by height) → rows of {start, end, height, widths}. Sizes in CSS pixels.
    The last row keeps the wished height when it cannot be filled; with `last` it is as high as that at most. */
export function justify(shapes, width, { gap = 4, wished = 220, lowest = 180, highest = 260, last } = {}) {
  const rows = [];
  let start = 0;
  let sum = 0;
  for (let index = 0; index < shapes.length; index += 1) {
    const shape = bounded(shapes[index]);
    const room = width - gap * (index - start);
    const height = room / (sum + shape);
    if (height > wished) {
      sum += shape;
      continue;
    }
    // Either this picture ends the row, or it begins the next: whichever comes nearer to the wished height.
    const without = sum ? (width - gap * (index - start - 1)) / sum : Infinity;
    const tooLow = height < lowest && without <= highest;
    if (index > start && (tooLow || (without <= highest && without - wished < wished - height))) {
      rows.push(row(shapes, start, index, width, gap, without));
      start = index;
      sum = shape;
    } else {
      rows.push(row(shapes, start, index + 1, width, gap, height));
      start = index + 1;
      sum = 0;
    }
  }
  if (start < shapes.length) {
    const natural = (width - gap * (shapes.length - start - 1)) / sum;
    const full = natural <= (last ?? highest);
    rows.push(row(shapes, start, shapes.length, width, gap, full ? natural : (last ?? wished), full));
  }
  return rows;
}

// A panorama or a strip would make its row invisible or endless.
function bounded(shape) {
  return Math.min(Math.max(shape || 4 / 3, 0.4), 4);
}

function row(shapes, start, end, width, gap, exact, full = true) {
  const height = Math.round(exact);
  const widths = [];
  let used = 0;
  for (let index = start; index < end; index += 1) {
    widths.push(Math.max(24, Math.floor(bounded(shapes[index]) * exact)));
    used += widths.at(-1);
  }
  if (full) {
    let left = width - gap * (end - start - 1) - used;
    for (let index = 0; left > 0; index = (index + 1) % widths.length, left -= 1) widths[index] += 1;
    if (left < 0) widths[widths.indexOf(Math.max(...widths))] += left;
  }
  return { start, end, height, widths, full };
}
