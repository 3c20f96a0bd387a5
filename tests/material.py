"""Files the tests make themselves: photographs with EXIF, damaged files, short clips."""

import subprocess
from pathlib import Path

from PIL import Image, ImageDraw


def photo(
    path: Path,
    *,
    size: tuple[int, int] = (640, 480),
    seed: int = 1,
    taken: str | None = "2026:05:01 18:20:00",
    gps: tuple[float, float] | None = None,
    orientation: int | None = None,
    serial: str | None = None,
) -> Path:
    """A JPEG (by ``path``'s suffix another format) that no other seed makes, with what a camera writes."""
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for step in range(12):
        colour = ((seed * 37 + step * 20) % 256, (seed * 91 + step * 33) % 256, (seed * 17 + step * 57) % 256)
        x, y = (seed * 53 + step * 71) % size[0], (seed * 29 + step * 47) % size[1]
        draw.ellipse((x, y, x + size[0] // 5, y + size[1] // 4), fill=colour)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "TestCam", "Model One"
    if orientation:
        exif[0x0112] = orientation
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    if serial:
        exif.get_ifd(0x8769)[0xA431] = serial
    if gps:
        place = exif.get_ifd(0x8825)
        place[1], place[2] = ("N" if gps[0] >= 0 else "S"), _degrees(gps[0])
        place[3], place[4] = ("E" if gps[1] >= 0 else "W"), _degrees(gps[1])
    picture.save(path, exif=exif)
    return path


def _degrees(value: float) -> tuple[float, float, float]:
    value = abs(value)
    minutes = (value % 1) * 60
    return (float(int(value)), float(int(minutes)), round((minutes % 1) * 60, 4))


def clip(path: Path, *, seconds: float = 2, size: str = "320x180", seed: int = 1) -> Path:
    """A short H.264 clip with a tone."""
    subprocess.run(
        [
            "ffmpeg", "-v", "error", "-y",
            "-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration={seconds}",
            "-f", "lavfi", "-i", f"sine=frequency={400 + seed}:duration={seconds}",
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest",
            "-metadata", "creation_time=2026-05-02T00:20:00Z", str(path),
        ],
        check=True,
    )  # fmt: skip
    return path


def truncated(path: Path, source: Path, share: float = 0.5) -> Path:
    """The first part of ``source``."""
    whole = source.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path
