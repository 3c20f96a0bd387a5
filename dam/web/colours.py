"""The accent of the settings, made readable on light and on dark (WCAG 2.2: 4.5 to 1 for text)."""

from functools import lru_cache

AA = 4.5
LIGHT_GROUND, DARK_GROUND = "#f4f4f4", "#2a2a2a"  # the hardest neutral that accent text stands on
WHITE, BLACK = "#ffffff", "#000000"


@lru_cache(maxsize=8)
def stylesheet(accent: str) -> str:
    """``--accent`` fills, ``--on-accent`` is written on it, ``--accent-text`` is readable on the page."""
    on_accent = on(accent)
    light = readable(accent, LIGHT_GROUND)
    dark = readable(accent, DARK_GROUND)
    dark_rule = f"{{--accent-text:{dark}}}\n"
    return (
        f":root{{--accent:{accent};--on-accent:{on_accent};--accent-text:{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){dark_rule.strip()}}}\n"
        f":root[data-theme=dark],.on-dark{dark_rule}"
    )


def on(colour: str) -> str:
    """What is written on ``colour``: white where white can be read, else black."""
    return WHITE if contrast(colour, WHITE) >= AA else BLACK


def readable(colour: str, ground: str) -> str:
    """The colour nearest to ``colour`` that is readable on ``ground``, by mixing in black or white."""
    towards = BLACK if luminance(ground) > 0.5 else WHITE
    for share in range(0, 101, 2):
        mixed = mix(colour, towards, share / 100)
        if contrast(mixed, ground) >= AA:
            return mixed
    return towards


def contrast(one: str, other: str) -> float:
    """From 1 to 21, by WCAG's definition."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour such as #c1121f, from 0 to 1."""
    red, green, blue = (_linear(part) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mix(colour: str, other: str, share: float) -> str:
    """``share`` of ``other`` in ``colour``."""
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(part: int) -> float:
    value = part / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
