"""A clip of 20 s in 1080p: everything the archive spends on it, against the bare ffmpeg command."""

import subprocess
import tempfile
from pathlib import Path

from bench.ingest import cpu_of
from bench.result import Result, say
from bench.running import running

BARE = (
    "[0:v]split=3[a][b][c];[a]scale=1280:720,format=yuv420p[proxy];"
    "[b]select=gte(t\\,5),scale=1280:720,format=yuvj420p[poster];"
    "[c]fps=1:start_time=0:round=up,scale=160:90,format=yuvj420p,tile=10x2[board]"
)


def run(quick: bool = False) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        say("making a clip of 1080p")
        seconds = 6 if quick else 20
        clip, warm = (
            _clip(folder / f"{kind}.mp4", length) for kind, length in (("clip", seconds), ("warm", 1))
        )
        (folder / "bare").mkdir()
        bare = min(cpu_of(lambda: _bare(clip, folder / "bare")) for _ in range(2))
        with running(folder / "archive", 1) as archive:
            archive.dam("ingest", str(warm), "--event", "Bench", "--create", "--wait", "--json")
            spent = archive.cpu()
            archive.dam("ingest", str(clip), "--event", "Bench", "--wait", "--json")
            ours = archive.cpu() - spent
    return [
        Result("bare ffmpeg, proxy + poster + storyboard", bare, "CPU s"),
        Result("clip, from file to searchable", ours, "CPU s"),
        Result("clip against bare ffmpeg", ours / bare, "ratio", "<= 1.1"),
    ]


def _clip(path: Path, seconds: int) -> Path:
    """Moving texture with grain, 1080p at 30 frames, and a tone."""
    picture = f"mandelbrot=size=1920x1080:rate=30:start_scale=2,noise=alls=12:allf=t,trim=duration={seconds}"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", picture]
    command += ["-f", "lavfi", "-i", f"sine=440:duration={seconds}", "-c:v", "libx264", "-preset", "veryfast"]
    command += ["-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", str(path)]
    subprocess.run(command, check=True)
    return path


def _bare(clip: Path, folder: Path) -> None:
    """What someone who knows ffmpeg would type for the same three outputs in one pass."""
    still = ["-frames:v", "1", "-update", "1", "-c:v", "mjpeg"]
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(clip), "-filter_complex", BARE]
    command += [
        "-map",
        "[proxy]",
        "-map",
        "0:a",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "23",
        "-g",
        "60",
    ]
    command += ["-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", str(folder / "proxy.mp4")]
    command += ["-map", "[poster]", *still, "-q:v", "3", str(folder / "poster.jpg")]
    command += ["-map", "[board]", *still, "-q:v", "5", str(folder / "board.jpg")]
    subprocess.run(command, check=True)
