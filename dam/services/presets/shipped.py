"""The formats and packs the archive ships with, in their order. Names are the office's words, hence Spanish.

Sizes are what the networks recommend as of November 2026; ``covered`` is what their apps lay over a picture.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dam.models import Fit, MetadataPolicy

SINCE = date(2026, 11, 1)
MB = 1_000_000

# Left, top, right, bottom in parts of the frame: name and progress above, caption and buttons below, right.
VERTICAL_APP = [[0.0, 0.0, 1.0, 0.14], [0.0, 0.80, 1.0, 1.0], [0.88, 0.45, 1.0, 0.80]]
STATUS_APP = [[0.0, 0.0, 1.0, 0.10], [0.0, 0.88, 1.0, 1.0]]
GRID_SIDES = [[0.0, 0.0, 0.032, 1.0], [0.968, 0.0, 1.0, 1.0]]  # a 4:5 is shown as 3:4 in the profile's grid
CLOCK = [[0.86, 0.86, 1.0, 1.0]]  # the length of the video, in the corner of its thumbnail
COVER_SIDES = [[0.0, 0.0, 0.06, 1.0], [0.94, 0.0, 1.0, 1.0]]


@dataclass(frozen=True)
class Shipped:
    """A row of ``presets`` as it is shipped. ``version`` goes up when a release changes it."""

    key: str
    family: str
    name: str
    purpose: str
    kind: str
    fit: Fit
    format: str = "jpg"
    width: int | None = None
    height: int | None = None
    longest: int | None = None
    shortest: int | None = None
    quality: int | None = None
    ceiling: int | None = None
    seconds: float | None = None
    loudness: float | None = None
    colour: str = "srgb"
    metadata_policy: MetadataPolicy = MetadataPolicy.FULL
    covered: list[list[float]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    standing: bool = False
    version: int = 1
    valid_since: date = SINCE


def _fit(key: str, family: str, name: str, purpose: str, longest: int, quality: int, **more: Any) -> Shipped:
    return Shipped(key, family, name, purpose, "photo", Fit.WITHIN, longest=longest, quality=quality, **more)


def _crop(
    key: str, family: str, name: str, purpose: str, size: tuple[int, int], quality: int = 85, **more: Any
) -> Shipped:
    width, height = size
    return Shipped(
        key, family, name, purpose, "photo", Fit.CROP, width=width, height=height, quality=quality, **more
    )


def _clip(key: str, name: str, purpose: str, fit: Fit = Fit.WITHIN, **more: Any) -> Shipped:
    given = {"format": "mp4", "quality": 22, "loudness": -14.0, "options": {"audio_kbps": 160}} | more
    return Shipped(key, "video", name, purpose, "video", fit, **given)


PRESETS: tuple[Shipped, ...] = (
    _fit("web-2048", "web", "Web 2048", "Página web, boletines, correo", 2048, 82,
         standing=True),
    _fit("web-1600", "web", "Web 1600", "Página web", 1600, 82),
    _fit("web-1024", "web", "Web 1024", "Miniaturas grandes, correo", 1024, 82),
    _crop("link", "web", "Vista de enlace", "Página institucional y vista previa de ligas", (1200, 630)),
    _crop("ig-4x5", "instagram", "Instagram 4:5", "Publicación vertical", (1080, 1350), covered=GRID_SIDES),
    _crop("ig-3x4", "instagram", "Instagram 3:4", "Vertical, como en la cuadrícula", (1080, 1440)),
    _crop("ig-1x1", "instagram", "Instagram 1:1", "Publicación cuadrada", (1080, 1080)),
    _crop("story", "instagram", "Historia 9:16", "Historias, Reels, TikTok, Shorts", (1080, 1920),
          covered=VERTICAL_APP),
    _crop("fb-4x5", "facebook", "Facebook 4:5", "Publicación vertical", (1080, 1350)),
    _crop("fb-link", "facebook", "Facebook, liga", "Imagen de una liga", (1200, 630)),
    _crop("fb-event", "facebook", "Facebook, evento", "Portada de un evento", (1920, 1005),
          covered=COVER_SIDES),
    _crop("x-16x9", "x", "X 16:9", "Publicación horizontal", (1600, 900)),
    _crop("x-1x1", "x", "X 1:1", "Publicación cuadrada", (1080, 1080)),
    _crop("yt-thumb", "youtube", "YouTube, miniatura", "Miniatura de un video", (1280, 720), 90,
          ceiling=2 * MB, covered=CLOCK),
    _crop("li-link", "linkedin", "LinkedIn", "Publicación o liga", (1200, 627)),
    _fit("wa-photo", "whatsapp", "WhatsApp, foto", "Mensajes y grupos", 1600, 85, ceiling=300_000),
    _crop("wa-status", "whatsapp", "WhatsApp, estado", "Estado", (1080, 1920), covered=STATUS_APP),
    _fit("press", "press", "Prensa", "Medios: 3000 píxeles de lado mayor", 3000, 92),
    Shipped("print", "press", "Imprenta", "TIFF de 16 bits con su propio perfil de color", "photo", Fit.WHOLE,
            format="tif", colour="own"),
    _clip("mp4-1080", "Video 1080p", "Página web, archivo de trabajo", shortest=1080, quality=21),
    _clip("mp4-720", "Video 720p", "Página web, correo", shortest=720, quality=23,
          standing=True, options={"audio_kbps": 128, "gop": 60}),
    _clip("video-9x16", "Video vertical 9:16", "Reels, TikTok, Shorts, historias", Fit.CROP, width=1080,
          height=1920, covered=VERTICAL_APP),
    _clip("video-4x5", "Video vertical 4:5", "Instagram y Facebook", Fit.CROP, width=1080, height=1350),
    _clip("video-1x1", "Video cuadrado 1:1", "Redes sociales", Fit.CROP, width=1080, height=1080),
    _clip("wa-video", "WhatsApp, video", "Menos de 16 MB", shortest=720, quality=None, ceiling=16 * MB,
          seconds=600.0,
          options={"audio_kbps": 96, "passes": 2}),
    _clip("x-video", "X, video", "Hasta 140 segundos y 512 MB", shortest=1080, ceiling=512 * MB,
          seconds=140.0),
    Shipped("still", "video", "Cuadro fijo", "Una imagen del video, en el momento que se elija", "video",
            Fit.WHOLE, quality=92),
    Shipped("loop", "video", "Animación", "Unos segundos sin sonido que se repiten", "video", Fit.WITHIN,
            format="gif", longest=480, seconds=6.0, options={"fps": 12}),
    Shipped("audio-mp3", "audio", "Audio MP3", "Solo el audio, para compartir", "audio", Fit.WHOLE,
            format="mp3", loudness=-14.0, options={"audio_kbps": 192}),
    Shipped("audio-wav", "audio", "Audio WAV", "Solo el audio, para radio", "audio", Fit.WHOLE,
            format="wav", loudness=-14.0),
)  # fmt: skip

PACKS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("redes", "Paquete redes", (
        "ig-4x5", "ig-1x1", "story", "fb-4x5", "x-16x9", "wa-photo", "video-9x16", "video-4x5", "video-1x1",
        "wa-video",
    )),
    ("prensa", "Paquete prensa", ("press", "web-1600", "mp4-1080", "audio-mp3")),
    ("diseno", "Diseño", ("original", "print")),
)  # fmt: skip
