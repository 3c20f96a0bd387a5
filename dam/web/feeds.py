"""/canal: collections and searches for programs: Atom, JSON Feed, oEmbed, and pictures that caches may keep.

A picture's address is signed for one feed, one asset, one format and the very bytes; it opens as long as the
feed does. It does not hold the feed's own token, so that a page may show it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as xml

from flask import Blueprint, jsonify, make_response, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from dam.errors import Forbidden, NotFound, Unavailable
from dam.models import Asset, AuditEntry, Delivery, Kind, LinkKind, Rendition, ShareLink
from dam.services import delivery, sharing
from dam.services.delivery.ready import ready
from dam.services.renditions import ORIGINAL, BeingMade
from dam.services.sharing import Shown
from dam.web.doors import public
from dam.web.files import wait
from dam.web.numbers import row_number
from dam.web.security import signing_key
from dam.web.sending import send, tag_of
from dam.web.session import archive
from dam.web.shared import watch_link

bp = Blueprint("feeds", __name__)

ENTRIES = 60
FOR_CACHES = "public, max-age=600"  # a feed
FOR_AN_HOUR = "public, max-age=3600"  # a picture: so long another's cache shows what was withdrawn
ATOM = "http://www.w3.org/2005/Atom"
SHOWN_BY_PAGES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif")
MEDIA = "http://search.yahoo.com/mrss/"
SENT_FOR = 20  # versions that one look at a feed asks for; the next look finds them
CHANGES = ("asset.describe", "asset.frame", "asset.review", "asset.undo")
SAID_EACH = 3600  # seconds: one reader's hundred looks at a picture are one delivery


@bp.get("/canal/<token>.atom")
@public
def atom_feed(token: str) -> Response:
    link, entries, title, updated = _read(token)
    xml.register_namespace("", ATOM)
    xml.register_namespace("media", MEDIA)
    feed = xml.Element(f"{{{ATOM}}}feed")
    own = _absolute("feeds.atom_feed", token=token)
    _put(feed, "id", _tag(f"feed:{link.id}"))
    _put(feed, "title", title)
    _put(feed, "updated", updated.isoformat())
    _put(_put(feed, "author"), "name", archive().settings.office_name)
    _put(feed, "link", rel="self", type="application/atom+xml", href=own)
    _put(feed, "generator", "Acervo")
    for shown, at, files in entries:
        entry = _put(feed, "entry")
        _put(entry, "id", _tag(f"material:{shown.asset_id}"))
        _put(entry, "title", shown.headline or shown.caption[:80] or f"{shown.asset_id}")
        _put(entry, "updated", at.isoformat())
        if shown.credit:
            _put(_put(entry, "author"), "name", shown.credit)
        _put(entry, "summary", shown.text)
        for place, file in enumerate(files):
            if place == 0:
                _put(entry, "link", rel="alternate", type=file.media_type, href=file.address)
            length = str(file.bytes)
            _put(entry, "link", rel="enclosure", type=file.media_type, length=length, href=file.address)
        if files:
            first = files[0]
            told = {"url": first.address, "type": first.media_type, "fileSize": str(first.bytes)}
            content = xml.SubElement(entry, f"{{{MEDIA}}}content", told)
            xml.SubElement(content, f"{{{MEDIA}}}description", type="plain").text = _plain(shown.caption)
            xml.SubElement(content, f"{{{MEDIA}}}credit").text = _plain(shown.credit)
    said = xml.tostring(feed, encoding="utf-8", xml_declaration=True)
    return _cached(make_response(said), "application/atom+xml; charset=utf-8")


@bp.get("/canal/<token>.json")
@public
def json_feed(token: str) -> Response:
    """JSON Feed 1.1."""
    _link, entries, title, _updated = _read(token)
    items = []
    for shown, at, files in entries:
        item: dict[str, Any] = {
            "id": _tag(f"material:{shown.asset_id}"),
            "title": shown.headline or shown.caption[:80] or f"{shown.asset_id}",
            "content_text": shown.text or shown.headline or f"{shown.asset_id}",
            "date_modified": at.isoformat(),
            "attachments": [
                {
                    "url": file.address,
                    "mime_type": file.media_type,
                    "size_in_bytes": file.bytes,
                    "title": file.preset,
                }
                for file in files
            ],
        }
        if shown.credit:
            item["authors"] = [{"name": shown.credit}]
        if files and shown.kind == Kind.PHOTO:
            item["image"] = files[0].address
        items.append(item)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "feed_url": _absolute("feeds.json_feed", token=token),
        "authors": [{"name": archive().settings.office_name}],
        "items": items,
    }
    return _cached(jsonify(feed), "application/feed+json; charset=utf-8")


@bp.get("/canal/<int:link_id>/<int:asset_id>/<preset>/<version>/<signature>")
@public
def picture(link_id: int, asset_id: int, preset: str, version: str, signature: str) -> Response:
    """A delivered version, its credit inside, under an address that was signed for a feed (or an embed)."""
    with archive().reading() as tx:
        link = tx.get(ShareLink, link_id, options=(joinedload(ShareLink.collection),))
        if link is None:
            raise NotFound("There is nothing at this address.")
    sharing.verify(_key(), link, asset_id, preset, version, signature)
    sharing.check_open(link, archive().clock())
    actor = sharing.narrowed(archive(), link, asset_id)
    try:
        parcel = delivery.prepare(archive(), actor, asset_id, preset)
    except BeingMade as soon:
        return wait(soon)
    if request.method == "GET" and not _said_lately(link_id, asset_id, parcel.preset):
        with archive().transaction() as tx:
            sharing.count_taken(tx, link.id, 1)
            delivery.record(tx, actor, parcel, "feed")
    try:
        said = send(
            parcel.store, parcel.key, parcel.bytes, parcel.media_type, cache=FOR_AN_HOUR,
            watch=watch_link(link_id, asset_id, preset),
        )  # fmt: skip
    except KeyError:
        raise Unavailable("The file is missing from the archive. Tell the administrator.") from None
    said.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    said.headers["Access-Control-Allow-Origin"] = "*"
    return said


def _said_lately(link_id: int, asset_id: int, preset: str) -> bool:
    with archive().reading() as tx:
        last = tx.scalar(
            select(func.max(Delivery.at)).where(
                Delivery.asset_id == asset_id, Delivery.link_id == link_id, Delivery.preset == preset
            )
        )
    if isinstance(last, str):
        last = datetime.fromisoformat(last)
    return last is not None and (archive().clock() - last.replace(tzinfo=UTC)).total_seconds() < SAID_EACH


@bp.get("/oembed")
@public
def oembed() -> Response:
    """oEmbed 1.0 of a link to a single material, without password or ceiling. ``format``: json or xml."""
    wanted = request.args.get("format", "json")
    if wanted not in ("json", "xml"):
        said = make_response("", 501)  # as the specification asks
        return said
    token = _token_in(request.args.get("url", ""))
    with archive().reading() as tx:
        link = sharing.find(tx, token)
        if link.kind is not LinkKind.PAGE or link.asset_id is None:
            raise NotFound("There is nothing at this address.")
        sharing.check_open(link, archive().clock())
        if link.password_hash is not None or link.ceiling is not None:
            raise Forbidden("This link is for one reader: it cannot be embedded.")
    if not sharing.material(archive(), link):
        raise NotFound("There is nothing at this address.")
    with archive().reading() as tx:
        shown = sharing.shown(tx, link, [link.asset_id])[0]
    files = _files(link, [shown])[shown.asset_id]
    return _embedded(shown, files, wanted)


def _embedded(shown: Shown, files: Sequence["File"], wanted: str) -> Response:
    office = archive().settings.office_name
    most_wide, most_high = (request.args.get(name, type=row_number) for name in ("maxwidth", "maxheight"))
    picture = next((one for one in files if one.media_type in SHOWN_BY_PAGES), None)
    clip = next((one for one in files if one.media_type.startswith("video/")), None)
    file = picture if shown.kind != Kind.VIDEO else clip
    sides = (file.width, file.height) if file is not None else (shown.width, shown.height)
    width, height = _within(*sides, most_wide, most_high)
    told: dict[str, Any] = {
        "version": "1.0", "title": shown.headline or shown.caption[:80], "author_name": shown.credit,
        "provider_name": office, "provider_url": archive().settings.address, "cache_age": 3600,
    }  # fmt: skip
    if picture is not None and shown.kind != Kind.VIDEO:
        told |= {"type": "photo", "url": picture.address, "width": width, "height": height}
    elif clip is not None:
        box = xml.Element("video", src=clip.address, controls="", width=str(width), height=str(height))
        told |= {"type": "video", "html": xml.tostring(box, encoding="unicode", short_empty_elements=False),
                 "width": width, "height": height}  # fmt: skip
    else:
        told |= {"type": "link"}
    if wanted == "json":
        return _cached(jsonify(told), "application/json; charset=utf-8")
    root = xml.Element("oembed")
    for name, value in told.items():
        xml.SubElement(root, name).text = _plain(str(value))
    said = xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return _cached(make_response(said), "text/xml; charset=utf-8")


def _within(width: int, height: int, most_wide: int | None, most_high: int | None) -> tuple[int, int]:
    scale = min(1.0, (most_wide or 2048) / width, (most_high or 2048) / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _token_in(address: str) -> str:
    """The token of /l/<token> on this very host. Raises NotFound."""
    try:
        parts = urlsplit(address)
    except ValueError:
        raise NotFound("There is nothing at this address.") from None
    ours = {request.host, urlsplit(archive().settings.address).netloc}
    head, _slash, token = parts.path.rpartition("/")
    if parts.netloc not in ours or head != "/l" or not token:
        raise NotFound("There is nothing at this address.")
    return token


@dataclass(frozen=True)
class File:
    """One version as a program is told of it: what its address gives now. Sides in pixels."""

    address: str
    media_type: str
    bytes: int
    preset: str
    width: int
    height: int


Entry = tuple[Shown, datetime, list[File]]


def _read(token: str) -> tuple[ShareLink, list[Entry], str, datetime]:
    """What a feed says now. Raises NotFound, LinkClosed."""
    with archive().reading() as tx:
        link = sharing.find(tx, token)
    if link.kind is not LinkKind.FEED:
        raise NotFound("There is nothing at this address.")
    sharing.check_open(link, archive().clock())
    ids = sharing.material(archive(), link)[:ENTRIES]
    sharing.visited(archive(), link, request.remote_addr or "", request.user_agent.string)
    with archive().reading() as tx:
        shown = sharing.shown(tx, link, ids)
        made = dict(tx.execute(select(Asset.id, Asset.created_at).where(Asset.id.in_(ids))).all())
        changed = dict(tx.execute(
            select(AuditEntry.subject_id, func.max(AuditEntry.at))
            .where(AuditEntry.subject_type == "asset", AuditEntry.subject_id.in_(ids))
            .where(AuditEntry.action.in_(CHANGES))
            .group_by(AuditEntry.subject_id)
        ).all())  # fmt: skip
    files = _files(link, shown)
    entries = [
        (one, _aware(changed.get(one.asset_id) or made[one.asset_id]), files[one.asset_id]) for one in shown
    ]
    title = link.collection.name if link.collection is not None else link.recipient
    updated = max((at for _one, at, _files in entries), default=link.made_at)
    return link, entries, title, updated


def _aware(moment: datetime | str) -> datetime:
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).replace(microsecond=0)


def _files(link: ShareLink, shown: Sequence[Shown]) -> dict[int, list[File]]:
    """Each version that its address would give at once, as offered. What has to be made first is sent for,
    and named at a later look."""
    wanted = [(one.asset_id, offer.preset) for one in shown for offer in one.offers]
    wanted = [(asset_id, preset) for asset_id, preset in wanted if preset != ORIGINAL]
    ids = [one.asset_id for one in shown]
    actor = replace(sharing.actor_of(link), named=frozenset(ids))
    there = ready(archive(), lambda _asset_id: actor, wanted)
    sent = 0
    for pair in wanted:
        if pair in there or sent == SENT_FOR:
            continue
        try:
            there[pair] = delivery.prepare(archive(), actor, *pair)
        except BeingMade:
            pass
        except (Unavailable, NotFound, Forbidden):
            continue  # too small for that shape: nothing was sent for
        sent += 1
    with archive().reading() as tx:
        rows = tx.execute(
            select(Rendition.asset_id, Rendition.preset, Rendition.width, Rendition.height)
            .where(Rendition.asset_id.in_(ids))
        )  # fmt: skip
        sides = {(row.asset_id, row.preset): (row.width, row.height) for row in rows}
    found: dict[int, list[File]] = {asset_id: [] for asset_id in ids}
    for one in shown:
        for offer in one.offers:
            parcel = there.get((one.asset_id, offer.preset))
            if parcel is not None:
                width, height = sides.get((one.asset_id, parcel.preset), (None, None))
                found[one.asset_id].append(File(
                    _signed(link, one.asset_id, offer.preset, tag_of(parcel.key)[:16]), parcel.media_type,
                    parcel.bytes, offer.preset, width or one.width, height or one.height,
                ))  # fmt: skip
    return found


def _signed(link: ShareLink, asset_id: int, preset: str, version: str) -> str:
    return _absolute(
        "feeds.picture", link_id=link.id, asset_id=asset_id, preset=preset, version=version,
        signature=sharing.sign(_key(), link, asset_id, preset, version),
    )  # fmt: skip


def _key() -> bytes:
    return b"feed:" + signing_key(archive().settings).encode()


def _absolute(endpoint: str, **values: Any) -> str:
    return archive().settings.address + url_for(endpoint, **values)


def _tag(what: str) -> str:
    """RFC 4151: a name that stays when the address changes."""
    host = urlsplit(archive().settings.address).hostname or "acervo"
    return f"tag:{host},2026:{what}"


def _put(parent: xml.Element, name: str, text: str | None = None, **attributes: str) -> xml.Element:
    made = xml.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    made.text = _plain(text) if text is not None else None
    return made


def _plain(text: str) -> str:
    """Without what XML 1.0 cannot hold."""
    return "".join(
        letter for letter in text
        if letter in "\t\n\r" or "\x20" <= letter <= "\ud7ff" or "\ue000" <= letter <= "\ufffd"
        or letter >= "\U00010000"
    )  # fmt: skip


def _cached(said: Response, media_type: str) -> Response:
    said.headers["Content-Type"] = media_type
    said.headers["Cache-Control"] = FOR_CACHES
    said.headers["X-Robots-Tag"] = "noindex"
    said.headers["Access-Control-Allow-Origin"] = "*"
    said.add_etag()
    return said.make_conditional(request)
