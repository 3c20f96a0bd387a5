"""Pictures that nobody took, for the example event: hills, a square at night, a rally, paper flags.

Each is drawn from a seed: the same seed gives the same bytes, so that making the example twice adds nothing.
"""

from datetime import datetime
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from dam.media import tools

SIZE = (1800, 1200)  # pixels
UNIT = SIZE[0] / 2400  # shapes are drawn for a width of 2400
CLIP_SECONDS = 6
CLIP_LIMIT = 120.0  # seconds
Colour = tuple[int, int, int]

SKIES: list[tuple[Colour, Colour, Colour]] = [  # above, at the horizon, of the nearest hill
    ((54, 86, 142), (250, 196, 148), (24, 34, 46)),
    ((74, 136, 198), (222, 234, 240), (30, 62, 52)),
    ((36, 28, 66), (238, 112, 84), (18, 14, 26)),
]


def hills(seed: int) -> Image.Image:
    """Ridges behind each other, paler with the distance, under a sky."""
    random = np.random.default_rng(seed)
    above, horizon, near = SKIES[seed % len(SKIES)]
    sky = _gradient(above, horizon, 0.62)
    width, height = SIZE
    sun = (int(width * random.uniform(0.2, 0.8)), int(height * random.uniform(0.34, 0.48)))
    sky = _glow(sky, sun, 620 * UNIT, (255, 226, 190), 0.75)
    across = np.linspace(0, 1, width)
    for layer in range(5):
        depth = layer / 4
        ridge = np.zeros(width)
        for octave in range(1, 7):
            waves = 2 * np.pi * (across * (1.3 * octave**1.35) + random.uniform())
            ridge += np.sin(waves) / octave**1.5
        top = height * (0.46 + 0.12 * layer) - ridge * height * (0.028 + 0.012 * layer)
        tone = tuple(int(h + (n - h) * (0.18 + 0.8 * depth)) for h, n in zip(horizon, near, strict=True))
        outline = [(0, height), *zip(range(width), top.tolist(), strict=True), (width, height)]
        ImageDraw.Draw(sky).polygon(outline, fill=tone)
    return _finish(sky, random)


def night(seed: int) -> Image.Image:
    """Lamps of a square, out of focus."""
    random = np.random.default_rng(seed)
    picture = _gradient((14, 16, 30), (44, 30, 40), 1.0)
    colours = [(255, 196, 120), (255, 150, 90), (236, 84, 84), (250, 232, 196), (120, 170, 220)]
    for size, count, softness in ((180, 26, 7), (110, 46, 5), (54, 80, 3)):
        lamps = Image.new("RGB", SIZE)
        draw = ImageDraw.Draw(lamps)
        for _ in range(count):
            x, y = random.uniform(0, SIZE[0]), SIZE[1] * (0.18 + 0.72 * random.beta(2, 2.4))
            radius = size * UNIT * random.uniform(0.55, 1)
            shine = random.uniform(0.12, 0.5)
            colour = colours[int(random.integers(len(colours)))]
            draw.ellipse(
                (x - radius, y - radius, x + radius, y + radius), fill=tuple(int(c * shine) for c in colour)
            )
        picture = _screen(picture, lamps.filter(ImageFilter.GaussianBlur(softness)))
    return _finish(picture, random)


def rally(seed: int) -> Image.Image:
    """People before a stage, against the light."""
    random = np.random.default_rng(seed)
    picture = _gradient((60, 16, 30), (228, 96, 52), 0.8)
    width, height = SIZE
    for beam in (0.3, 0.5, 0.72):
        picture = _glow(picture, (int(width * beam), int(height * 0.3)), 700 * UNIT, (255, 214, 150), 0.6)
    for row, (tone, scale) in enumerate((((126, 44, 44), 0.55), ((78, 26, 38), 0.8), ((26, 12, 22), 1.25))):
        people = Image.new("L", SIZE)
        draw = ImageDraw.Draw(people)
        x = -60.0
        while x < width + 60:
            head = 46 * UNIT * scale * random.uniform(0.85, 1.15)
            top = height * (0.6 + 0.1 * row) + random.normal(0, 16 * UNIT)
            draw.ellipse((x - head, top - 1.25 * head, x + head, top + 1.25 * head), fill=255)
            shoulders = (x - 2.3 * head, top + 1.2 * head, x + 2.3 * head, height + 300)
            draw.rounded_rectangle(shoulders, radius=int(1.6 * head), fill=255)
            if random.uniform() < 0.28:
                lift = head * random.uniform(3.2, 4.6)
                hand = (x + random.uniform(-1, 1) * 2.2 * head, top - lift)
                draw.line((x + 1.6 * head, top + 2 * head, *hand), fill=255, width=int(0.7 * head))
                palm = 0.5 * head
                draw.ellipse((hand[0] - palm, hand[1] - palm, hand[0] + palm, hand[1] + palm), fill=255)
            x += head * random.uniform(3.4, 4.6)
        picture.paste(tone, mask=people.filter(ImageFilter.GaussianBlur(5 if row < 2 else 2)))
    return _finish(picture, random)


def flags(seed: int) -> Image.Image:
    """Strings of paper flags across the sky."""
    random = np.random.default_rng(seed)
    picture = _gradient((64, 138, 206), (206, 230, 242), 1.0)
    colours = [(214, 44, 64), (244, 170, 44), (46, 138, 92), (142, 62, 138), (238, 106, 60), (246, 240, 226)]
    width, height = SIZE
    for string in range(6):
        layer = Image.new("RGBA", SIZE)
        draw = ImageDraw.Draw(layer)
        left, right = height * random.uniform(-0.05, 0.55), height * random.uniform(-0.05, 0.55)
        sag, side = height * random.uniform(0.12, 0.26), (74 + 26 * string) * UNIT
        points = []
        for x in np.linspace(-80, width + 80, int(width / (side * 1.12))):
            along = x / width
            points.append((x, left + (right - left) * along + sag * 4 * along * (1 - along)))
        draw.line(points, fill=(70, 70, 70, 255), width=3)
        for x, y in points:
            colour = colours[int(random.integers(len(colours)))]
            lean = random.normal(0, side * 0.12)
            foot = [(1 + lean / side, 1.25), (0.75 + lean / side, 1.1), (0.5 + lean / side, 1.3),
                    (0.25 + lean / side, 1.1), (lean / side, 1.25)]  # fmt: skip
            shape = [(x, y), (x + side, y), *((x + side * across, y + side * down) for across, down in foot)]
            draw.polygon(shape, fill=(*colour, 235))
        layer = layer.filter(ImageFilter.GaussianBlur((5, 3, 2, 1, 2, 7)[string]))
        picture.paste(layer, mask=layer)
    return _finish(picture, random)


SCENES = (hills, night, rally, flags)


def write_photo(path: Path, number: int, taken: datetime) -> None:
    """The ``number``-th example picture as a JPEG, with the wall clock ``taken`` in its EXIF."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Acervo", "Ejemplo"  # Make, Model
    exif[0x010E] = "Imagen generada para el evento de ejemplo"  # ImageDescription
    exif.get_ifd(0x8769)[0x9003] = f"{taken:%Y:%m:%d %H:%M:%S}"  # DateTimeOriginal
    picture = SCENES[number % len(SCENES)](number)
    picture.save(path, "JPEG", quality=88, exif=exif)


def write_clip(path: Path, picture: Path, taken_utc: datetime) -> None:
    """A slow pan over ``picture``, 720p with a silent track. Raises Unreadable without ffmpeg."""
    pan = f"scale=1920:-2,crop=1280:720:x='(iw-ow)*t/{CLIP_SECONDS}':y='(ih-oh)/2',format=yuv420p"
    ran = tools.run(
        [
            str(tools.need("ffmpeg")), "-v", "error", "-nostdin", "-y",
            "-loop", "1", "-framerate", "25", "-i", str(picture),
            "-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo",
            "-t", str(CLIP_SECONDS), "-vf", pan, "-c:v", "libx264", "-preset", "veryfast", "-crf", "24",
            "-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart",
            "-metadata", f"creation_time={taken_utc:%Y-%m-%dT%H:%M:%SZ}", "-f", "mp4", str(path),
        ],
        seconds=CLIP_LIMIT,
    )  # fmt: skip
    if ran.code != 0:
        raise OSError(f"ffmpeg could not make the example clip: {ran.said[-300:]}")


def _gradient(above: Colour, below: Colour, until: float) -> Image.Image:
    """From top to ``until`` of the height; below it the second colour stays."""
    width, height = SIZE
    share = np.clip(np.linspace(0, 1 / until, height), 0, 1)[:, None]
    column = np.array(above) * (1 - share) + np.array(below) * share
    return Image.fromarray(np.repeat(column[:, None, :], width, axis=1).astype(np.uint8))


def _glow(
    picture: Image.Image, centre: tuple[int, int], radius: float, colour: Colour, strength: float
) -> Image.Image:
    y, x = np.ogrid[: SIZE[1], : SIZE[0]]
    far = (np.float32(x - centre[0]) ** 2 + np.float32(y - centre[1]) ** 2) / np.float32(radius**2)
    share = (np.exp(-far * 3) * np.float32(strength))[..., None]
    pixels = np.asarray(picture, dtype=np.float32)
    return Image.fromarray(
        (pixels * (1 - share) + np.array(colour, dtype=np.float32) * share).astype(np.uint8)
    )


def _screen(below: Image.Image, light: Image.Image) -> Image.Image:
    first, second = (255 - np.asarray(one, dtype=np.float32) for one in (below, light))
    return Image.fromarray((255 - first * second / 255).astype(np.uint8))


def _finish(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Darker corners and a little grain: as from a lens and a sensor."""
    width, height = picture.size
    x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    shade = (1 - np.float32(0.16) * (x[None, :] ** 2 + y[:, None] ** 2))[..., None]
    grain = random.standard_normal((height, width, 1), dtype=np.float32) * np.float32(2.2)
    pixels = np.asarray(picture, dtype=np.float32) * shade + grain
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
