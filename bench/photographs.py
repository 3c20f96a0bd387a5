"""Photographs with a camera's texture, each unlike the others, made without any file of anybody."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

SIZES = {2: (1732, 1155), 11: (4062, 2708), 24: (6000, 4000), 45: (8216, 5478)}  # megapixels: pixels


def texture(width: int, height: int, seed: int = 1) -> np.ndarray:
    """Noise in octaves, like cloth, leaves and crowds: (height, width, 3) bytes."""
    random = np.random.default_rng(seed)
    field = np.zeros((height, width, 3), np.float32)
    for side, weight in ((4, 60.0), (16, 40.0), (64, 24.0), (256, 14.0), (1024, 8.0)):
        small = random.normal(0, 1, (side, side * 3 // 2, 3)).astype(np.float32)
        scaled = [
            Image.fromarray(small[:, :, band]).resize((width, height), Image.Resampling.BICUBIC)
            for band in range(3)
        ]
        field += weight * np.stack([np.asarray(band) for band in scaled], axis=2)
    field += random.normal(0, 3.0, (height, width, 1)).astype(np.float32)
    return np.clip(field + 118, 0, 255).astype(np.uint8)


def make(
    folder: Path, megapixels: int, count: int, *, adobe: bool = False, progressive: bool = False
) -> list[Path]:
    """``count`` distinct JPEGs of quality 92; ``adobe`` rotates them and gives them a wide profile."""
    folder.mkdir(parents=True, exist_ok=True)
    width, height = SIZES[megapixels]
    base = texture(width, height)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "BenchCam", f"M{megapixels}"
    if adobe:
        exif[0x0112] = 6
    paths = []
    for number in range(count):
        shifted = np.roll(base, (number * 97 % height, number * 131 % width), axis=(0, 1))
        exif.get_ifd(0x8769)[0x9003] = f"2026:05:01 10:{number // 60:02d}:{number % 60:02d}"
        path = folder / f"P{megapixels}_{number:04d}.jpg"
        Image.fromarray(shifted).save(
            path,
            quality=92,
            exif=exif,
            icc_profile=wide_profile() if adobe else None,
            progressive=progressive,
        )
        paths.append(path)
    return paths


def wide_profile() -> bytes:
    """A matrix RGB profile with wide primaries: sRGB's own, its green and red primaries moved outward."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132], "big")
    wide = {
        b"rXYZ": (0.6097, 0.3111, 0.0195),
        b"gXYZ": (0.2053, 0.6257, 0.0609),
        b"bXYZ": (0.1492, 0.0632, 0.7446),
    }
    for entry in range(count):
        at = 132 + 12 * entry
        tag, offset = bytes(profile[at : at + 4]), int.from_bytes(profile[at + 4 : at + 8], "big")
        for axis, value in enumerate(wide.get(tag, ())):
            fixed = round(value * 65536)
            profile[offset + 8 + 4 * axis : offset + 12 + 4 * axis] = fixed.to_bytes(4, "big")
    checked = bytes(profile)
    ImageCms.ImageCmsProfile(io.BytesIO(checked))
    return checked
