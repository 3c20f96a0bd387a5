"""Many files in one streamed zip: readable names, a table of captions, and a note of what is missing."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from zipstream import ZIP_STORED, ZipStream

from dam.archive import Archive
from dam.errors import DamError, Forbidden, NotFound, Unavailable
from dam.media.embed import Caption
from dam.models import User
from dam.services import accounts
from dam.services.access import Actor
from dam.services.delivery import delivering, naming
from storage import StoreError

MOST = 5000  # assets in one zip
CHUNK = 256 * 1024
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Wording:
    """What the note and the table say, in the reader's language."""

    readme: str = "README.txt"
    table: str = "captions.csv"
    taken: str = "Files in this package: {count}"
    terms: str = "Publish each file with the credit that the table of captions names."
    left_out: str = "Not included: {count}"
    left_out_line: str = "Material {number}: {reason}"
    file_missing: str = "The file is missing from the archive. Tell the administrator."
    columns: tuple[str, ...] = (
        "file", "headline", "caption", "persons", "event", "taken", "municipality", "state",
        "byline", "credit", "copyright", "usage_terms", "keywords", "material",
    )  # fmt: skip
    sentence: Callable[[DamError], str] = str


@dataclass
class _Ledger:
    """What went in and what did not, gathered while the zip flows."""

    taken: set[str] = field(default_factory=set)
    rows: list[tuple[str, ...]] = field(default_factory=list)
    left: list[tuple[int, str]] = field(default_factory=list)


def zip_stream(
    archive: Archive,
    actor: Actor,
    asset_ids: Iterable[int],
    preset: str,
    words: Wording | None = None,
    *,
    route: str = "zip",
) -> Iterator[bytes]:
    """The zip's bytes, made while they are read; memory stays flat. Its length is not known beforehand.

    Each asset's permission is asked when its turn comes, with the rights the account has by then. What may
    not leave, is not ready, or is missing is named in the note with its reason. Nothing is compressed:
    photos and clips are already. A store that fails raises StoreError, which cuts the zip visibly short.
    """
    words = words or Wording()
    ledger = _Ledger()
    stream = ZipStream(compress_type=ZIP_STORED)
    for asset_id in dict.fromkeys(asset_ids):
        try:
            parcel, handle = _next(archive, actor, asset_id, preset, route)
        except (NotFound, Forbidden, Unavailable) as refusal:
            ledger.left.append((asset_id, words.sentence(refusal)))
            continue
        except KeyError:
            ledger.left.append((asset_id, words.file_missing))
            continue
        with handle:
            name = naming.unique(parcel.filename, ledger.taken)
            ledger.taken.add(name)
            ledger.rows.append(_row(name, parcel.asset_id, parcel.caption))
            stream.add(_chunks(handle, parcel), name, size=parcel.bytes)
            yield from stream.file()
    stream.add(_table(words, ledger).encode("utf-8"), words.table)
    stream.add(_note(words, ledger).encode("utf-8"), words.readme)
    yield from stream.finalize()


def zip_name(archive: Archive, preset: str) -> str:
    """acervo_2026-05-01_1840_web.zip, by the office's clock."""
    now = archive.clock().astimezone(archive.settings.zone)
    office = naming.slug(archive.settings.office_name, 24) or "acervo"
    return f"{office}_{now:%Y-%m-%d_%H%M}_{naming.slug(preset)}.zip"


def _next(
    archive: Archive, actor: Actor, asset_id: int, preset: str, route: str
) -> tuple[delivering.Parcel, BinaryIO]:
    parcel = delivering.prepare(archive, as_of_now(archive, actor), asset_id, preset)
    handle = parcel.open()
    try:
        with archive.transaction() as tx:
            delivering.record(tx, actor, parcel, route)
    except BaseException:
        handle.close()
        raise
    return parcel, handle


def as_of_now(archive: Archive, actor: Actor) -> Actor:
    """The same account with the rights it has now: a long zip outlives a role. Raises Forbidden."""
    if actor.user_id is None:
        return actor
    with archive.reading() as tx:
        user = tx.get(User, actor.user_id)
        if user is None or not user.active:
            raise Forbidden("This account is closed.")
        return replace(accounts.actor_of(tx, user), only=actor.only)


def _chunks(handle: BinaryIO, parcel: delivering.Parcel) -> Iterator[bytes]:
    left = parcel.bytes
    while piece := handle.read(CHUNK):
        left -= len(piece)
        yield piece
    if left:
        raise StoreError(f"{parcel.key} has another length than the archive remembers.")


def _row(name: str, asset_id: int, caption: Caption) -> tuple[str, ...]:
    told = (
        caption.headline, caption.caption, "; ".join(caption.persons), caption.event,
        (caption.created_at or "")[:16].replace("T", " "), caption.city, caption.state, caption.byline,
        caption.credit, caption.copyright, caption.usage_terms, "; ".join(caption.keywords),
    )  # fmt: skip
    return (name, *(text or "" for text in told), str(asset_id))


def _table(words: Wording, ledger: _Ledger) -> str:
    """CSV with a byte-order mark, so that spreadsheets read the accents."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(words.columns)
    writer.writerows([[cell(value) for value in row] for row in ledger.rows])
    return "\ufeff" + text.getvalue()


def cell(value: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return "'" + value if value.startswith(FORMULA_STARTS) else value


def _note(words: Wording, ledger: _Ledger) -> str:
    lines = [words.taken.format(count=len(ledger.rows)), words.terms]
    if ledger.left:
        lines += ["", words.left_out.format(count=len(ledger.left))]
        lines += [words.left_out_line.format(number=number, reason=reason) for number, reason in ledger.left]
    return "\r\n".join(lines) + "\r\n"
