"""Filing what a file says with its asset: when, where, how, who and what. A person's word always stays."""

from sqlalchemy import select

from dam.db import Transaction
from dam.media import reconciling
from dam.media.visit import Facts
from dam.models import Asset, Kind, MunicipalitySource, Original, OriginalRole
from dam.services import borders, local_time
from dam.services.ingest import receiving, timing


def file_facts(tx: Transaction, asset: Asset, facts: Facts) -> None:
    """Write what the file says. What a person (or the batch) wrote already is left alone."""
    original, clocks = tx.execute(
        select(Original, timing.clocks_of_original()).where(
            Original.asset_id == asset.id, Original.role == OriginalRole.PRIMARY
        )
    ).one()
    original.media_type = facts.media_type
    original.content_id = _shared_id(facts)
    original.raw_facts = {"facts": facts.as_dict(), "readers": facts.readers}
    asset.kind = Kind(facts.kind)
    asset.latitude, asset.longitude, asset.altitude = facts.latitude, facts.longitude, facts.altitude
    asset.orientation, asset.duration = facts.orientation, facts.duration
    asset.width, asset.height = facts.width, facts.height
    asset.camera_make, asset.camera_model = _short(facts.camera_make, 120), _short(facts.camera_model, 120)
    asset.lens, asset.camera_serial = _short(facts.lens, 160), _short(facts.serial, 80)
    asset.persons = list(facts.persons)
    timing.write_clock(tx, asset, timing.clock_of(facts, original.name), clocks)
    caption = None if reconciling.is_cameras(facts.caption) else facts.caption
    for name, value, limit in (
        ("headline", facts.headline or _title(facts, original.name), 400),
        ("caption", caption, 20_000),
        ("alt_text", facts.alt_text, 2000),
        ("city", facts.city, 160),
        ("state", facts.state, 160),
        ("country", facts.country, 160),
        ("usage_terms", facts.usage_terms, 4000),
        ("byline", facts.byline, 200),
        ("credit", facts.credit, 200),
        ("copyright", facts.copyright, 400),
        ("rating", facts.rating if facts.rating in range(1, 6) else None, None),
    ):
        if getattr(asset, name) is None:
            setattr(asset, name, _short(value, limit) if limit else value)
    if not asset.keywords:
        asset.keywords = list(facts.keywords)


def file_place(tx: Transaction, asset: Asset) -> None:
    """GPS decides where boundaries are loaded, else it suggests; a person's choice stays."""
    if asset.latitude is None or asset.longitude is None:
        return
    located = borders.locate(tx, asset.latitude, asset.longitude)
    if located is None or asset.municipality_source == MunicipalitySource.PERSON:
        return
    if located.exact:
        asset.municipality_key = located.key
        asset.municipality_source = MunicipalitySource.GPS
        asset.suggested_municipality_key = asset.suggestion_confidence = None
        local_time.set_taken(tx, asset)  # now it is known whose local time it is
    elif located.key != asset.municipality_key:
        asset.suggested_municipality_key = located.key
        asset.suggestion_confidence = located.confidence


def _title(facts: Facts, name: str) -> str | None:
    """A title that only repeats the file's name, as agencies and scanners write it, is no headline."""
    stem = name.rpartition(".")[0] or name
    return (
        facts.title
        if facts.title and facts.title.strip().casefold() not in (stem.casefold(), name.casefold())
        else None
    )


def _shared_id(facts: Facts) -> str | None:
    """What the picture and the clip of a Live Photo have in common: a maker note says it, and a container."""
    told = facts.content_id or facts.raw.get("container", {}).get("com.apple.quicktime.content.identifier")
    return _short(told, 64)


def _short(text: str | None, limit: int) -> str | None:
    """Text of a file as a column takes it; blank is nothing."""
    if text is None:
        return None
    return receiving.plain_text(text).strip()[:limit] or None
