// Windows as dam/media/windows.py places them, for what is seen while the pointer moves; the archive decides.

export const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

/** Width and height, in parts of the picture, of the largest window of this shape. */
export function largest(size, shape) {
  const own = size[0] / size[1];
  return shape >= own ? [1, own / shape] : [shape / own, 1];
}

/** The largest window with `focal` in its middle as far as the borders allow. */
export function around(size, shape, focal) {
  const [width, height] = largest(size, shape);
  return at(focal[0] - width / 2, focal[1] - height / 2, width, height);
}

export function at(left, top, width, height) {
  const x = clamp(left, 0, 1 - width);
  const y = clamp(top, 0, 1 - height);
  return [x, y, x + width, y + height];
}

export const moved = (box, x, y) => at(box[0] + x, box[1] + y, box[2] - box[0], box[3] - box[1]);

/** The window about its middle, `factor` times as wide, between the least and the largest there is. */
export function scaled(box, factor, size, shape, least) {
  const [most, tall] = largest(size, shape);
  const width = clamp((box[2] - box[0]) * factor, least * most, most);
  const height = (width / most) * tall;
  return at((box[0] + box[2] - width) / 2, (box[1] + box[3] - height) / 2, width, height);
}
