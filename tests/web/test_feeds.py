"""Feeds and oEmbed: a strict parser reads them; every address is signed; what is closed opens nothing."""

import io
from datetime import timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree as xml

import feedparser
import pytest
from PIL import Image

from dam.archive import Archive
from dam.models import AuditEntry, Delivery, LinkKind, ShareLink
from dam.services import collections, sharing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.framing import placing
from dam.services.presets import editing
from dam.services.renditions import making
from dam.web import feeds
from tests import material, taking


@pytest.fixture
def photos(archive: Archive, event, send, tmp_path, work) -> list[int]:
    ids = [
        taking.take_in(archive, send, material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
        for seed in (1, 2)
    ]
    for asset_id in ids:
        taking.change(
            archive, asset_id, headline="Niñas & niños\x0b", caption="Acción <en> Toluca", credit="Foto: Ñ",
            review="approved", minors="no",
        )  # fmt: skip
    return ids


@pytest.fixture
def feed(archive: Archive, photos):
    def _make(**more) -> tuple[int, str]:
        with archive.transaction() as tx:
            made = collections.create(tx, LOCAL_ADMINISTRATOR, "Portada & más").id
            collections.add(tx, LOCAL_ADMINISTRATOR, made, photos)
        given = {"recipient": "sitio", "presets": ["web-2048", "web-1600"], "kind": LinkKind.FEED,
                 "collection_id": made, "days": None} | more  # fmt: skip
        link, token = sharing.make(archive, LOCAL_ADMINISTRATOR, **given)
        return link.id, token

    return _make


def _path(address: str) -> str:
    return urlsplit(address).path


def test_a_strict_parser_reads_the_atom_feed(client, feed, photos):
    _link, token = feed()
    answer = client.get(f"/canal/{token}.atom")
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    assert "public" in answer.headers["Cache-Control"] and answer.headers["X-Robots-Tag"] == "noindex"
    parsed = feedparser.parse(answer.data)
    assert not parsed.bozo and parsed.version == "atom10"
    assert parsed.feed.title == "Portada & más" and parsed.feed.id and parsed.feed.updated_parsed
    assert len(parsed.entries) == 2
    first = parsed.entries[0]
    assert first.title == "Niñas & niños"
    assert "Foto: Ñ" in first.summary and "Acción <en> Toluca" in first.summary
    assert first.id and first.updated_parsed and first.author == "Foto: Ñ"
    enclosed = [link for link in first.links if link.rel == "enclosure"]
    got = client.get(_path(enclosed[0].href))
    assert got.status_code == 200 and got.headers["Content-Type"] == enclosed[0].type == "image/jpeg"
    assert got.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert got.headers["Cache-Control"].startswith("public") and token not in enclosed[0].href
    assert (
        client.get(f"/canal/{token}.atom", headers={"If-None-Match": answer.headers["ETag"]}).status_code
        == 304
    )


def test_the_json_feed_says_the_same(client, feed):
    _link, token = feed()
    said = client.get(f"/canal/{token}.json").json
    assert said["version"] == "https://jsonfeed.org/version/1.1" and len(said["items"]) == 2
    one = said["items"][0]
    assert one["id"] and one["content_text"] and one["authors"] == [{"name": "Foto: Ñ"}]
    assert [file["title"] for file in one["attachments"]] == ["web-2048"]
    assert client.get(_path(one["image"])).status_code == 200


def test_a_version_that_was_never_made_is_sent_for_and_stands_there_the_next_time(
    client, feed, archive, photos
):
    _link, token = feed()
    client.get(f"/canal/{token}.json")
    sent = {asset_id for _job, asset_id, _lane in archive.queue.sent}
    assert sent == set(photos)
    for asset_id in photos:
        making.make_missing(archive, asset_id)
    items = client.get(f"/canal/{token}.json").json["items"]
    assert [file["title"] for file in items[0]["attachments"]] == ["web-2048", "web-1600"]


def test_an_address_with_any_part_changed_opens_nothing(client, feed, photos):
    _link, token = feed()
    address = _path(client.get(f"/canal/{token}.json").json["items"][0]["image"])
    parts = address.split("/")
    for place, other in (
        (2, "99"),
        (3, str(photos[1])),
        (4, "original"),
        (4, "preview"),
        (5, "x"),
        (6, "0" * 32),
    ):
        changed = [*parts[:place], other, *parts[place + 1 :]]
        assert client.get("/".join(changed)).status_code == 404, changed


@pytest.mark.parametrize("how", ["revoked_at", "expires_at"])
def test_a_closed_feed_opens_nothing(client, feed, archive, how):
    link_id, token = feed()
    address = _path(client.get(f"/canal/{token}.json").json["items"][0]["image"])
    with archive.transaction() as tx:
        setattr(tx.get_one(ShareLink, link_id), how, archive.clock() - timedelta(seconds=1))
    for closed in (f"/canal/{token}.atom", f"/canal/{token}.json", address):
        assert client.get(closed).status_code == 404, closed


def test_what_may_not_go_out_leaves_the_feed_and_its_address(client, feed, archive, photos):
    _link, token = feed()
    address = _path(client.get(f"/canal/{token}.json").json["items"][0]["image"])
    taking.change(archive, photos[0], withdrawn_at=archive.clock())
    assert len(client.get(f"/canal/{token}.json").json["items"]) == 1
    assert client.get(address).status_code in (403, 404, 409)


def test_a_feed_of_a_search_follows_it_with_the_rights_of_its_maker(client, archive, photos, work):
    from dam.models import Role
    from dam.services import accounts, indexing

    with archive.transaction() as tx:
        indexing.touch(tx, photos)
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "redes", "Redes", Role.EDITOR)
        actor = accounts.actor_of(tx, user)
    work()
    _link, token = sharing.make(
        archive,
        actor,
        recipient="redes",
        presets=["web-2048"],
        kind=LinkKind.FEED,
        query="q=toluca",
        days=None,
    )
    assert len(client.get(f"/canal/{token}.json").json["items"]) == 2
    with archive.transaction() as tx:
        accounts.change_user(tx, LOCAL_ADMINISTRATOR, accounts.get_user(tx, user.id), active=False)
    sharing.opening._found.clear()
    assert client.get(f"/canal/{token}.json").json["items"] == []


def test_a_feeds_reader_is_counted_once_an_hour(client, feed, archive):
    link_id, token = feed()
    address = _path(client.get(f"/canal/{token}.json").json["items"][0]["image"])
    for _ in range(3):
        client.get(address)
    with archive.reading() as tx:
        assert [(one.link_id, one.route) for one in tx.query(Delivery)] == [(link_id, "feed")]


def test_a_feeds_token_is_no_links_token_and_the_other_way_round(client, feed, archive, photos):
    _link, token = feed()
    assert client.get(f"/l/{token}").status_code == 404
    _row, page = sharing.make(
        archive, LOCAL_ADMINISTRATOR, recipient="x", presets=["web"], asset_id=photos[0]
    )
    assert client.get(f"/canal/{page}.atom").status_code == 404


def test_oembed_tells_of_a_single_material(client, archive, photos):
    _row, token = sharing.make(
        archive, LOCAL_ADMINISTRATOR, recipient="x", presets=["web-2048"], asset_id=photos[0]
    )
    url = f"{archive.settings.address}/l/{token}"
    assert "application/json+oembed" in client.get(f"/l/{token}").text
    said = client.get("/oembed", query_string={"url": url, "maxwidth": "300"}).json
    assert said["version"] == "1.0" and said["type"] == "photo" and said["width"] == 300
    assert said["author_name"] == "Foto: Ñ" and client.get(_path(said["url"])).status_code == 200
    as_xml = xml.fromstring(client.get("/oembed", query_string={"url": url, "format": "xml"}).data)
    assert as_xml.findtext("type") == "photo"
    assert client.get("/oembed", query_string={"url": url, "format": "yaml"}).status_code == 501
    for wrong in ("https://evil.example/l/" + token, "//x", "", f"{url}x", "http://[x"):
        assert client.get("/oembed", query_string={"url": wrong}).status_code == 404, wrong


def test_a_link_with_a_password_or_a_ceiling_is_not_embedded(client, archive, photos):
    for more in ({"password": "secreta"}, {"ceiling": 3}):
        _row, token = sharing.make(
            archive, LOCAL_ADMINISTRATOR, recipient="x", presets=["web-2048"], asset_id=photos[0], **more
        )
        url = f"{archive.settings.address}/l/{token}"
        assert client.get("/oembed", query_string={"url": url}).status_code == 403


def test_a_feed_tells_the_size_of_what_it_gives(client, feed):
    _link, token = feed()
    files = [file for one in client.get(f"/canal/{token}.json").json["items"] for file in one["attachments"]]
    assert files
    for file in files:
        got = client.get(_path(file["url"]))
        assert (got.headers["Content-Type"], len(got.data)) == (file["mime_type"], file["size_in_bytes"])
    enclosed = [
        (link.href, int(link.length))
        for entry in feedparser.parse(client.get(f"/canal/{token}.atom").data).entries
        for link in entry.links
        if link.rel == "enclosure"
    ]
    assert enclosed == [(file["url"], file["size_in_bytes"]) for file in files]


def test_a_shape_whose_format_was_changed_is_not_named_until_it_is_made_anew(client, feed, archive, photos):
    _link, token = feed(presets=["web-1600"])
    client.get(f"/canal/{token}.json")
    for asset_id in photos:
        making.make_missing(archive, asset_id)
    before = client.get(f"/canal/{token}.json").json["items"][0]["image"]
    with archive.transaction() as tx:
        editing.change(tx, LOCAL_ADMINISTRATOR, "web-1600", {"quality": "60"}, archive.clock().date())
    for one in client.get(f"/canal/{token}.json").json["items"]:
        assert one["attachments"] == [], "what is named would have to be waited for"
    for asset_id in photos:
        making.make_missing(archive, asset_id)
    after = client.get(f"/canal/{token}.json").json["items"][0]["image"]
    assert after != before and client.get(_path(after)).status_code == 200


def test_what_is_too_small_keeps_no_other_version_from_being_sent_for(
    client, feed, archive, photos, monkeypatch
):
    monkeypatch.setattr(feeds, "SENT_FOR", 1)
    taking.change(archive, photos[0], width=300, height=200)
    taking.change(archive, photos[1], width=1500, height=1200)
    _link, token = feed(presets=["ig-1x1"])
    client.get(f"/canal/{token}.json")
    assert {asset_id for _job, asset_id, _lane in archive.queue.sent} == {photos[1]}


def test_a_moved_crop_is_news(client, feed, archive, photos):
    _link, token = feed()
    taking.change(archive, photos[0], created_at=archive.clock() - timedelta(hours=1))
    with archive.transaction() as tx:
        placing.point_at(tx, LOCAL_ADMINISTRATOR, photos[0], 0.2, 0.2)
        said = tx.query(AuditEntry).filter(AuditEntry.action == "asset.frame").one()
        at = said.at.replace(microsecond=0)
    after = client.get(f"/canal/{token}.json").json["items"][0]["date_modified"]
    assert after == at.isoformat()


def test_an_embedded_shape_is_as_large_as_it_says_and_one_that_pages_show(
    client, archive, event, send, tmp_path
):
    asset_id = taking.take_in(archive, send, material.photo(tmp_path / "p.jpg", size=(1500, 1200)), event)
    taking.change(archive, asset_id, review="approved", minors="no")
    said = {}
    for preset in ("ig-1x1", "print"):
        _row, token = sharing.make(
            archive, LOCAL_ADMINISTRATOR, recipient="x", presets=[preset], asset_id=asset_id
        )
        given = {"url": f"{archive.settings.address}/l/{token}"}
        client.get("/oembed", query_string=given)
        making.make_missing(archive, asset_id)
        said[preset] = client.get("/oembed", query_string=given).json
    assert said["print"]["type"] == "link", "no page shows a TIFF"
    shown = said["ig-1x1"]
    with Image.open(io.BytesIO(client.get(_path(shown["url"])).data)) as picture:
        assert (shown["width"], shown["height"]) == picture.size
