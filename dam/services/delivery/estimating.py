"""About how large a package would be: what is there is counted, the rest is guessed from its format."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from dam.archive import Archive
from dam.models import Asset, Kind, Original, OriginalRole, Rendition
from dam.services import presets
from dam.services.access import Actor, visible
from dam.services.describing.changes import chunks
from dam.services.presets import PresetInfo
from dam.services.presets.listing import kinds_for
from dam.services.renditions import ORIGINAL, WEB, WEB_MEANS

BYTES_A_PIXEL = {"jpg": 0.22, "webp": 0.16, "png": 1.6, "tif": 6.0}
BITS_A_SECOND = {"mp4": 3_500_000, "mp3": 128_000, "wav": 1_536_000}
USUAL_SECONDS = 20.0
LARGEST_SIDE = 6000


@dataclass(frozen=True)
class Estimate:
    """``bytes`` is ``exact`` when every file is there already; ``without`` counts the assets that come in
    none of the formats."""

    files: int
    bytes: int
    exact: bool
    without: int = 0


def estimate(archive: Archive, actor: Actor, asset_ids: Iterable[int], wanted: Sequence[str]) -> Estimate:
    """What these assets in these formats come to, of those that ``actor`` finds: a size tells that there is
    something. Four queries for each thousand assets."""
    ids = list(dict.fromkeys(asset_ids))
    files = total = without = 0
    exact = True
    with archive.reading() as tx:
        known = presets.known(tx)
        for some in chunks(ids):
            found = select(Asset.id, Asset.kind, Asset.duration).where(Asset.id.in_(some), visible(actor))
            assets = tx.execute(found).all()
            made = {
                (row.asset_id, row.preset): row.bytes
                for row in tx.execute(
                    select(Rendition.asset_id, Rendition.preset, Rendition.bytes).where(
                        Rendition.asset_id.in_(some)
                    )
                )
            }
            originals = dict(tx.execute(
                select(Original.asset_id, func.sum(Original.bytes))
                .where(Original.asset_id.in_(some), Original.role == OriginalRole.PRIMARY)
                .group_by(Original.asset_id)
            ).all()) if ORIGINAL in wanted else {}  # fmt: skip
            for asset in assets:
                before = files
                for word in wanted:
                    key = WEB_MEANS.get(asset.kind, word) if word == WEB else word.partition("@")[0]
                    if key == ORIGINAL:
                        files, total = files + 1, total + int(originals.get(asset.id, 0))
                        continue
                    size = made.get((asset.id, key))
                    if size is None and not _fits(known.get(key), asset.kind):
                        continue
                    exact = exact and size is not None
                    files += 1
                    total += size if size is not None else _guess(known[key], asset.duration)
                without += files == before
    return Estimate(files, total, exact, without)


def _fits(preset: PresetInfo | None, kind: Kind) -> bool:
    return preset is not None and preset.kind in kinds_for(str(kind))


def _guess(preset: PresetInfo, duration: float | None) -> int:
    if preset.format in BITS_A_SECOND:
        size = int(BITS_A_SECOND[preset.format] / 8 * min(duration or USUAL_SECONDS, preset.seconds or 1e9))
    else:
        long = preset.longest or LARGEST_SIDE
        area = (preset.width or long) * (preset.height or long * 2 / 3)
        size = int(area * BYTES_A_PIXEL.get(preset.format, 0.3))
    return min(size, preset.ceiling) if preset.ceiling else size
