"""What is kept and never drawn: a designer's SVG, EPS, locked PDF, or InDesign file without a preview.

It is a document like others, found and handed on as it came; no browser is ever given it to show. One of
these kinds that goes by a photo's name says what it is not, and stays in quarantine.
"""

from dataclasses import replace

from dam.archive import Archive
from dam.media.reasons import Reason, Unreadable
from dam.media.visit import Facts
from dam.models import Asset, Kind, Outcome, Processing
from dam.services import indexing
from dam.services.ingest import filing, receiving

ENDINGS = {
    "image/svg+xml": ("svg",),
    "application/postscript": ("eps", "epsf", "ps", "ai"),
    "application/pdf": ("pdf", "ai"),
    "application/x-indesign": ("indd", "indt"),
}


def is_kept(unreadable: Unreadable, name: str) -> bool:
    """Is it one of these, under its own name? ``detail`` of a file that is never rendered is its type."""
    ending = name.rpartition(".")[2].lower()
    return unreadable.reason == Reason.NOT_RENDERED and ending in ENDINGS.get(unreadable.detail, ())


def keep(archive: Archive, asset_id: int, unreadable: Unreadable) -> None:
    """Ready without any version but the original; the reason stays, and says why there is no picture."""
    told = {"kind": str(Kind.DOCUMENT), "media_type": unreadable.detail}
    facts = replace(unreadable.facts, **told) if unreadable.facts else Facts(**told)
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        filing.file_facts(tx, asset, facts)
        asset.processing = Processing.READY
        asset.reason_code = str(Reason.NOT_RENDERED)
        asset.reason_detail = asset.lease_until = None
        receiving.note(tx, asset_id, Outcome.READY)
        indexing.touch(tx, [asset_id])
