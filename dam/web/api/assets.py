"""Finding, reading and taking away, for programs."""

from flask import Blueprint, Response, request, url_for
from spectree import Response as Answers

from dam.errors import Invalid
from dam.models import Kind
from dam.services import finding, renditions, showing
from dam.services.access import Action, can
from dam.services.finding import Count, Counts, Hit
from dam.services.renditions import ORIGINAL, BeingMade
from dam.services.showing import contact_sheet
from dam.services.showing.contact_sheet import Card
from dam.web.api.contract import BY_KEY, contract, described, read
from dam.web.api.shapes import (
    AssetFacts,
    Brief,
    Counted,
    Links,
    NewZip,
    Refusal,
    RenditionLink,
    RenditionLinks,
    Results,
    Search,
)
from dam.web.doors import api_door
from dam.web.downloads import found_by, send_parcel, send_zip
from dam.web.files import file_url, wait
from dam.web.session import archive, current_actor

OURS = {"limit", "after", "counts"}  # arguments that are no filters
TAGS = ["material"]
ASSET = "/assets/<int:asset_id>"


def open_in(bp: Blueprint) -> None:
    bp.get("/assets")(search_assets)
    bp.get(ASSET)(read_asset)
    bp.get(f"{ASSET}/renditions")(list_renditions)
    bp.get(f"{ASSET}/files/<preset>")(take_file)
    bp.post("/zip")(take_zip)


@api_door(Action.SEE)
@contract.validate(
    resp=Answers(HTTP_200=Results, HTTP_400=Refusal, HTTP_401=Refusal),
    security=BY_KEY,
    tags=TAGS,
    operation_id="searchAssets",
)
def search_assets(query: Search) -> Results:
    """Find material with the filters of the page; without any, everything the key may see."""
    given = {name: values for name, values in request.args.to_dict(flat=False).items() if name not in OURS}
    wanted = finding.from_args(given)
    page = finding.find(archive(), current_actor(), wanted, query.after, query.limit)
    counted = finding.counts(archive(), current_actor(), wanted) if query.counts == "1" else None
    with archive().reading() as tx:
        cards = {card.id: card for card in contact_sheet.cards(tx, [hit.asset_id for hit in page.hits])}
    return Results(
        total=page.total,
        next=page.next,
        assets=[_brief(cards[hit.asset_id], hit) for hit in page.hits if hit.asset_id in cards],
        counts=_all_counted(counted) if counted else None,
    )


@api_door(Action.SEE)
@contract.validate(
    resp=Answers(HTTP_200=AssetFacts, HTTP_404=Refusal), security=BY_KEY, tags=TAGS, operation_id="readAsset"
)
def read_asset(asset_id: int) -> AssetFacts:
    """Everything the archive knows of one, as ``dam show`` prints it."""
    with archive().reading() as tx:
        return AssetFacts(**showing.show(tx, current_actor(), asset_id))


@api_door(Action.SEE)
@contract.validate(
    resp=Answers(HTTP_200=RenditionLinks, HTTP_404=Refusal),
    security=BY_KEY,
    tags=TAGS,
    operation_id="listRenditions",
)
def list_renditions(asset_id: int) -> RenditionLinks:
    """In which versions it comes, and where. The original is listed when the key may take it."""
    actor = current_actor()
    with archive().reading() as tx:
        asset = showing.load(tx, actor, asset_id)
        known = renditions.presets_of(asset.kind)
        links = [
            RenditionLink(
                preset=made.preset,
                width=made.width,
                height=made.height,
                bytes=made.bytes,
                media_type=made.media_type,
                show=file_url(asset, made.preset),
                download=_take(asset_id, made.preset),
            )
            for made in sorted(asset.renditions, key=lambda made: made.id)
            if made.preset in known
        ]
        if can(actor, Action.TAKE_ORIGINAL, asset):
            links += [
                RenditionLink(
                    preset=ORIGINAL,
                    width=asset.width,
                    height=asset.height,
                    bytes=original.bytes,
                    media_type=original.media_type or "application/octet-stream",
                    show=None,
                    download=_take(asset_id, ORIGINAL),
                )
                for original in asset.originals[:1]
            ]
    return RenditionLinks(asset_id=asset_id, renditions=links)


@api_door(Action.TAKE_WEB)
@described(
    resp=Answers("HTTP_200", "HTTP_206", HTTP_202=Refusal, HTTP_403=Refusal, HTTP_404=Refusal),
    security=BY_KEY,
    tags=TAGS,
    operation_id="takeFile",
)
def take_file(asset_id: int, preset: str) -> Response:
    """The file with its credit inside (``web``, a rendition's name, or ``original``), recorded as taken.

    202 with Retry-After while a version is being made: ask again.
    """
    try:
        return send_parcel(asset_id, preset, "api")
    except BeingMade as soon:
        return wait(soon)


@api_door(Action.TAKE_WEB)
@described(
    resp=Answers("HTTP_200", HTTP_400=Refusal, HTTP_503=Refusal),
    json=NewZip,
    security=BY_KEY,
    tags=TAGS,
    operation_id="takeZip",
)
def take_zip() -> Response:
    """Many files in one streamed zip, with a table of captions and a note of what was left out and why."""
    wanted = read(NewZip)
    if wanted.asset_ids and wanted.query is not None:
        raise Invalid("Give either asset_ids or query, not both.")
    ids = found_by(wanted.query) if wanted.query is not None else wanted.asset_ids
    return send_zip(ids, wanted.preset, "api")


def _take(asset_id: int, preset: str) -> str:
    return url_for("api.take_file", asset_id=asset_id, preset=preset)


def _brief(card: Card, hit: Hit) -> Brief:
    return Brief(
        asset_id=card.asset_id,
        kind=Kind(card.kind),
        processing=card.processing,
        review=card.review,
        taken_at=card.taken_at,
        width=card.width,
        height=card.height,
        duration=card.duration,
        headline=card.headline,
        event=card.event,
        municipality=card.municipality,
        persons=list(card.people),
        appears=hit.appears,
        links=Links(
            self=url_for("api.read_asset", asset_id=card.asset_id),
            renditions=url_for("api.list_renditions", asset_id=card.asset_id),
            thumb=file_url(card, "thumb") or None,
        ),
    )


def _all_counted(counted: Counts) -> dict[str, list[Counted]]:
    return {name: _counted(values) for name, values in vars(counted).items() if isinstance(values, tuple)}


def _counted(values: tuple[Count, ...]) -> list[Counted]:
    return [Counted(value=one.value, label=one.label, count=one.count) for one in values]
