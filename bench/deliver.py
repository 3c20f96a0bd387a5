"""Twelve photographs for seven formats, to a zip with their credit inside, beside the same 84 files by
``vipsthumbnail --smartcrop`` and by ImageMagick; and a clip of a minute to 9:16 beside bare ffmpeg."""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import delete, select

from bench import photographs
from bench.ingest import cpu_of
from bench.result import Result, say
from bench.running import Running, running
from dam.archive import Archive
from dam.bootstrap import build
from dam.models import Asset, Rendition
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.delivery import bundles
from dam.services.renditions import wishing
from dam.settings import from_environment

# Six networks and the web: width, height, whether cut to it, quality
FORMATS = {
    "ig-4x5": (1080, 1350, True, 85), "ig-1x1": (1080, 1080, True, 85), "story": (1080, 1920, True, 85),
    "fb-link": (1200, 630, True, 85), "x-16x9": (1600, 900, True, 85), "wa-photo": (1600, 1600, False, 85),
    "web-2048": (2048, 2048, False, 82),
}  # fmt: skip
VERTICAL = "crop=607:1080:656:0,scale=608:1080:flags=bicubic,setsar=1,format=yuv420p"


def run(quick: bool = False) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        count, seconds = (4, 12) if quick else (12, 60)
        say(f"making {count} photographs of 24 megapixels and a clip of {seconds} s")
        photos = photographs.make(folder / "24", 24, count)
        clip = _clip(folder / "clip.mp4", seconds)
        vips, vips_wall = _timed(lambda: _vips(photos, folder / "vips"))
        some = photos[:3]
        magick = _timed(lambda: _magick(some, folder / "magick"))[0] * len(photos) / len(some)
        bare = min(cpu_of(lambda: _bare(clip, folder / "bare.mp4")) for _ in range(2))
        with running(folder / "archive", 1) as archive:
            ours, wall, files = _photos(archive, photos, folder / "ours.zip")
            vertical = _vertical(archive, clip)
    return [
        Result(f"vipsthumbnail --smartcrop, {files} files", vips, "CPU s"),
        Result(f"vipsthumbnail --smartcrop, {files} files, wall", vips_wall, "s"),
        Result(f"ImageMagick, {files} files", magick, "CPU s"),
        Result(f"{files} files with their credit, in a zip", ours, "CPU s"),
        Result(f"{files} files with their credit, in a zip, wall", wall, "s"),
        Result("deliveries against vipsthumbnail", ours / vips, "ratio", "<= 1.0"),
        Result("ImageMagick against deliveries", magick / ours, "ratio", ">= 4"),
        Result(f"bare ffmpeg, {seconds} s of 1080p to 9:16 at -14 LUFS", bare, "CPU s"),
        Result("the same by the archive", vertical, "CPU s"),
        Result("9:16 against bare ffmpeg", vertical / bare, "ratio", "<= 1.05"),
    ]


def _photos(running: Running, photos: Sequence[Path], target: Path) -> tuple[float, float, int]:
    """CPU and wall from the button to the last byte of the zip; nothing was made before but thumbnails."""
    running.dam("ingest", *map(str, photos), "--event", "Bench", "--create", "--wait", "--json")
    archive = build(from_environment(running.environment))
    with archive.transaction() as tx:
        ids = list(tx.scalars(select(Asset.id).order_by(Asset.id)))
        tx.execute(delete(Rendition).where(Rendition.preset == "web-2048"))
    before, begun = _spent(running), time.monotonic()
    wishing.wish(archive, ids, [*FORMATS])
    with target.open("wb") as zipped:
        for piece in bundles.zip_stream(archive, LOCAL_ADMINISTRATOR, ids, [*FORMATS]):
            zipped.write(piece)
    archive.scribe.close()
    spent, wall = _spent(running) - before, time.monotonic() - begun
    names = subprocess.run(["unzip", "-Z1", str(target)], capture_output=True, text=True, check=False)
    files = (
        sum(line.endswith(".jpg") for line in names.stdout.splitlines()) if names.stdout else _jpegs(target)
    )
    if files != len(photos) * len(FORMATS):
        raise RuntimeError(f"only {files} files are in the zip")
    archive.database.dispose()
    return spent, wall, files


def _jpegs(target: Path) -> int:
    import zipfile

    with zipfile.ZipFile(target) as zipped:
        return sum(name.endswith(".jpg") for name in zipped.namelist())


def _vertical(running: Running, clip: Path) -> float:
    """CPU of one 9:16 from the wish to the file with its caption inside."""
    running.dam("ingest", str(clip), "--event", "Bench", "--wait", "--json")
    archive: Archive = build(from_environment(running.environment))
    with archive.reading() as tx:
        (asset_id,) = tx.scalars(select(Asset.id).where(Asset.kind == "video"))
    before = _spent(running)
    running.dam("download", str(asset_id), "--preset", "video-9x16", "--to", str(clip.parent / "out"),
                "--wait", "600", "--json")  # fmt: skip
    spent = _spent(running) - before
    archive.database.dispose()
    return spent - _start_of_a_command(running)


def _start_of_a_command(running: Running) -> float:
    """A terminal's command imports the archive anew; a page does not."""
    before = _spent(running)
    running.dam("presets", "--json")
    return _spent(running) - before


def _spent(running: Running) -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return running.cpu() + own.ru_utime + own.ru_stime


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    begun = time.monotonic()
    return cpu_of(work), time.monotonic() - begun


def _vips(photos: Sequence[Path], out: Path) -> None:
    out.mkdir()
    for photo in photos:
        for key, (width, height, cut, quality) in FORMATS.items():
            size = f"{width}x{height}" if cut else f"{width}x{height}>"
            smart = ["--smartcrop", "attention"] if cut else []
            target = f"{out / photo.stem}-{key}.jpg[Q={quality},strip]"
            subprocess.run(["vipsthumbnail", str(photo), "-s", size, *smart, "-o", target], check=True)


def _magick(photos: Sequence[Path], out: Path) -> None:
    out.mkdir()
    for photo in photos:
        for key, (width, height, cut, quality) in FORMATS.items():
            size = [f"{width}x{height}^", "-gravity", "center", "-extent", f"{width}x{height}"]
            command = [
                "convert",
                str(photo),
                "-auto-orient",
                "-resize",
                *(size if cut else [f"{width}x{height}>"]),
            ]
            subprocess.run(
                [*command, "-strip", "-quality", str(quality), str(out / f"{photo.stem}-{key}.jpg")],
                check=True,
            )


def _clip(path: Path, seconds: int) -> Path:
    """Moving texture with grain, 1080p at 30 frames, and a tone that is far too soft; six seconds again and
    again, for they take long to draw."""
    part = path.with_name(f"part-{path.name}")
    picture = "mandelbrot=size=1920x1080:rate=30:start_scale=2,noise=alls=12:allf=t,trim=duration=6"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", picture]
    command += [
        "-f",
        "lavfi",
        "-i",
        "sine=440:duration=6,volume=-8dB",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
    ]
    command += ["-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", str(part)]
    subprocess.run(command, check=True)
    again = ["-stream_loop", str(seconds // 6 - 1), "-i", str(part), "-c", "copy", str(path)]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *again], check=True)
    return path


def _bare(clip: Path, target: Path) -> None:
    """What someone who knows ffmpeg would type: the window, and loudness by its own one-pass filter."""
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(clip), "-vf", VERTICAL]
    command += [
        "-af",
        "loudnorm=I=-14:TP=-1.5:LRA=11,aresample=48000",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
    ]
    command += ["-crf", "22", "-profile:v", "high", "-g", "60", "-c:a", "aac", "-b:a", "160k", "-ac", "2"]
    subprocess.run([*command, "-movflags", "+faststart", str(target)], check=True)


if __name__ == "__main__":
    print(run(quick="--quick" in sys.argv))
