"""Writing an export: a stream over the chosen assets, which goes on where an earlier one stopped."""

import csv
import errno
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Conflict, StoreFull
from dam.media.sniff_xmp import MEDIA_TYPE as XMP_TYPE
from dam.models import Asset, Delivery, Original, Processing, Review
from dam.services import audit
from dam.services.access import Action, Actor, decide, policy_of
from dam.services.exporting import layout, marks, placing, records, sidecar
from dam.services.exporting.choosing import Chosen
from dam.services.exporting.marks import FORMAT
from dam.services.exporting.placing import Place
from dam.services.exporting.records import Record
from dam.services.renditions import ORIGINAL
from dam.services.spreadsheets.writing import BOM, csv_lines

HEADING = (
    "file", "asset", "role", "original_name", "bytes", "sha256", "kind", "taken", "event", "event_day",
    "number", "municipality_key", "municipality", "officials", "persons", "headline", "caption", "keywords",
    "byline", "credit", "copyright", "usage_terms", "rating", "review", "latitude", "longitude",
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """One file of the folder: ``path`` relative to it, None when it could not be written, for ``reason``."""

    asset_id: int
    name: str
    path: str | None
    reason: str | None = None


@dataclass
class Report:
    """What an export did. ``there``: files that lay there already, the same to the byte."""

    assets: int = 0
    written: int = 0
    there: int = 0
    sidecars: int = 0
    bytes: int = 0
    failed: list[Written] = field(default_factory=list)


REASONS = {
    Place.TAKEN: "Another file of that name lies there; it was left alone.",
    Place.DAMAGED: "The archive's copy is damaged: its bytes do not have its digest. It was not written.",
}
LOST = "The file is missing from the archive."


def export(
    archive: Archive,
    actor: Actor,
    folder: Path,
    chosen: Chosen,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Write originals, sidecars and a table into ``folder``. Repeating it writes only what is not there, and
    sidecars of what was edited. ``progress`` hears how many assets are done.

    Nothing of somebody else's is overwritten. Raises Conflict when the folder holds other things under our
    names, StoreFull (go on later by the same command), StoreError.
    """
    run = _Run(archive, actor, folder, Report())
    try:
        run.begin()
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as rows:
            for ids in chosen.portions():
                run.portion(ids, rows)
                if progress:
                    progress(run.report.assets)
            run.finish(rows)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull(
                "The folder's disk is full. Make room and run the same command: it goes on where it stopped."
            ) from error
        raise
    with archive.transaction() as tx:
        told = {"assets": run.report.assets, "files": run.report.written, "failed": len(run.report.failed)}
        audit.record(tx, actor, "archive.export", None, folder=str(folder), **told)
    return run.report


class _Run:
    """One export under way."""

    def __init__(self, archive: Archive, actor: Actor, folder: Path, report: Report) -> None:
        self.archive, self.actor, self.folder, self.report = archive, actor, folder, report
        self.events: set[int] = set()
        self.people: dict[int, Record] = {}
        self.files: set[str] = set()

    def begin(self) -> None:
        """Say what this folder is, before anything else lies in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        marker = self.folder / marks.MARKER
        if not marker.exists() and any((self.folder / name).exists() for name in marks.OURS):
            raise Conflict("This folder holds other things under the names of an export. Choose another one.")
        self._ours(marker, {"format": FORMAT, "version": records.VERSION})
        self._known_people()

    def portion(self, ids: Sequence[int], rows: io.TextIOBase) -> None:
        with self.archive.reading() as tx:
            assets = records.load(tx, ids)
            ready = [(asset, records.of_asset(tx, asset), _files(tx, asset)) for asset in assets]
            for asset in assets:
                self._event(asset)
                for shown in asset.appearances:
                    self.people[shown.official_id] = records.of_official(shown.official)
        taken, went = [], []
        for asset, record, originals in ready:
            if not originals:  # an earlier export's sidecar whose picture is not here
                continue
            self.report.assets += 1
            said = decide(
                self.actor, Action.TAKE_ORIGINAL, asset, at=self.archive.clock(),
                policy=policy_of(self.archive.settings),
            )  # fmt: skip
            if not said.allowed:
                self.report.failed.append(Written(asset.id, "", None, str(said.reason)))
                continue
            before = self.report.written
            self._asset(asset, record, originals, rows)
            taken.append(asset.id)
            if self.report.written > before:  # what lay there already went there by an earlier run
                went.append(asset)
        with self.archive.transaction() as tx:
            tx.add_all(
                Delivery(
                    asset_id=asset.id, user_id=self.actor.user_id, preset=ORIGINAL, route="export",
                    unapproved=asset.review != Review.APPROVED,
                )
                for asset in went
            )  # fmt: skip
            audit.record_each(tx, self.actor, "asset.export", "asset", {asset_id: {} for asset_id in taken})

    def finish(self, rows: io.TextIOBase) -> None:
        """The table: what was written now, then what earlier exports into this folder wrote of other
        assets."""
        self._ours(
            self.folder / marks.PEOPLE,
            {"format": FORMAT, "officials": [self.people[one] for one in sorted(self.people)]},
        )
        table = self.folder / marks.TABLE
        rows.seek(0)
        with tempfile.NamedTemporaryFile(
            "w", dir=self.folder, prefix=".part-", delete=False, encoding="utf-8", newline=""
        ) as handle:
            part = Path(handle.name)
            try:
                handle.write(next(csv_lines(HEADING, ())))
                for line in rows:
                    handle.write(line)
                handle.writelines(self._earlier(table))
                handle.flush()
                part.chmod(0o644)
                part.replace(table)
            finally:
                part.unlink(missing_ok=True)

    # -- one step each -----------------------------------------------------------------------------------

    def _asset(
        self, asset: Asset, record: Record, originals: Sequence[Original], rows: io.TextIOBase
    ) -> None:
        names = layout.names_of(asset, originals)
        where = layout.folder_of(asset)
        for original in originals:
            path = f"{where}/{names[original.id]}"
            reason = self._original(original, path)
            if reason is not None:
                self.report.failed.append(Written(asset.id, original.name, None, reason))
                continue
            self.files.add(path)
            for line in list(csv_lines((), [_row(asset, record, original, path)]))[1:]:
                rows.write(line)
        if asset.processing != Processing.READY:  # nothing could be read of it: the table tells what there is
            return
        beside = f"{where}/{layout.sidecar_of(names[originals[0].id])}"
        place = placing.put_text(self.folder / beside, sidecar.packet(record), ours=sidecar.OURS.encode())
        if place == Place.TAKEN:
            self.report.failed.append(Written(asset.id, beside, None, REASONS[place]))
        self.report.sidecars += place == Place.WRITTEN

    def _original(self, original: Original, path: str) -> str | None:
        """Why it could not be written, None when it lies there now."""
        try:
            pieces = self.archive.originals.open(original.sha256)
            place = placing.put_original(self.folder / path, original.sha256, original.bytes, pieces)
        except KeyError:
            return LOST
        if place == Place.WRITTEN:
            self.report.written += 1
            self.report.bytes += original.bytes
        self.report.there += place == Place.THERE
        return REASONS.get(place)

    def _event(self, asset: Asset) -> None:
        for placed in asset.placements:
            if placed.event_id in self.events:
                continue
            self.events.add(placed.event_id)
            for one in placed.event.attendees:
                self.people[one.id] = records.of_official(one)
            file = self.folder / layout.event_folder(placed.event) / marks.EVENT
            self._ours(file, {"format": FORMAT, **records.of_event(placed.event)})

    def _ours(self, file: Path, told: dict[str, Any]) -> None:
        text = json.dumps(told, ensure_ascii=False, indent=1).encode()
        if placing.put_text(file, text, ours=f'"{FORMAT}"'.encode()) == Place.TAKEN:
            raise Conflict("“%(name)s” is in the way: it is none of ours.", name=str(file))

    def _known_people(self) -> None:
        """An earlier export into this folder may have told of others."""
        file = self.folder / marks.PEOPLE
        if file.exists():
            told = json.loads(file.read_text(encoding="utf-8"))
            self.people = {one["id"]: one for one in told.get("officials", [])}

    def _earlier(self, table: Path) -> list[str]:
        if not table.exists():
            return []
        kept = []
        with table.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle)
            next(reader, None)
            for cells in reader:
                if cells and cells[0] not in self.files and (self.folder / cells[0]).exists():
                    kept.append(_line(cells))
        return kept


def _files(tx: Transaction, asset: Asset) -> list[Original]:
    """The originals that are written, the shown one first: all but the sidecars of an earlier export."""
    sidecars = [one for one in asset.originals if one.media_type == XMP_TYPE]
    ours = {one.id for one in sidecars if is_ours(one)}
    return [one for one in asset.originals if one.id not in ours]


def is_ours(original: Original) -> bool:
    """Is this a sidecar that an export wrote?"""
    return "record" in ((original.raw_facts or {}).get("facts", {}).get("raw") or {})


def _row(asset: Asset, record: Record, original: Original, path: str) -> tuple[object, ...]:
    event = record["events"][0] if record["events"] else {}
    shown = [one["name"] for one in record["officials"] if one["confirmed"]]
    return (
        path, asset.id, original.role, original.name, original.bytes, original.sha256, record["kind"],
        record["taken_at"], event.get("name"), (event.get("starts_at") or "")[:10], event.get("number"),
        record["municipality_key"], record["municipality"], "; ".join(shown), "; ".join(record["persons"] or
        []), record["headline"], record["caption"], "; ".join(record["keywords"] or []), record["byline"],
        record["credit"], record["copyright"], record["usage_terms"], record["rating"], record["review"],
        record["latitude"], record["longitude"],
    )  # fmt: skip


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removeprefix(BOM)
