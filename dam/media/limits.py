"""What one visit of a file may cost. Measured needs stand in docs/sandbox.md."""

from __future__ import annotations

from dataclasses import asdict, dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bytes, seconds and pixels. A limit is a refusal with a reason, never a crash of the caller."""

    photo_seconds: float = 60.0
    photo_memory: int = 1536 * MIB  # address space on top of the warm parent's own
    photo_pixels: int = 300_000_000  # of the stored picture; 24 megapixels need about 100 MB
    photo_file: int = 64 * MIB  # of any one rendition
    print_seconds: float = 180.0  # a TIFF of 16 bits: six bytes a pixel, several times over
    print_memory: int = 3072 * MIB
    print_file: int = 2048 * MIB
    probe_seconds: float = 30.0
    video_base_seconds: float = 120.0
    video_factor: float = 8.0  # wall seconds allowed for each second of clip
    video_cap_seconds: float = 6 * 3600.0
    video_memory: int = 4096 * MIB
    video_pixels: int = 70_000_000  # of one frame: 8K has 33 million
    video_file: int = 32 * 1024 * MIB
    open_files: int = 64
    answer_bytes: int = 1 * MIB

    def video_seconds(self, duration: float | None) -> float:
        """Wall time for a clip that claims ``duration`` seconds; the claim is not trusted beyond the cap."""
        allowed = self.video_base_seconds + self.video_factor * max(0.0, duration or 0.0)
        return min(self.video_cap_seconds, allowed)

    def as_dict(self) -> dict[str, float]:
        return asdict(self)
