"""What somebody outside gets by a link: page, pictures, files, a zip; and nothing once it is closed."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.models import AuditEntry, Delivery, LinkVisit, ShareLink
from dam.services import collections, sharing
from dam.services.access import LOCAL_ADMINISTRATOR
from tests import material, taking

CLEAR = {"review": "approved", "minors": "no"}


@pytest.fixture
def photos(archive: Archive, event, send, tmp_path) -> list[int]:
    ids = [
        taking.take_in(archive, send, material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
        for seed in (1, 2)
    ]
    for asset_id in ids:
        taking.change(archive, asset_id, headline="Mitin <b>", caption="En Toluca", credit="Foto: Ñ", **CLEAR)
    return ids


@pytest.fixture
def collection(archive: Archive, photos) -> int:
    with archive.transaction() as tx:
        made = collections.create(tx, LOCAL_ADMINISTRATOR, "Para la prensa", note="secreto de la oficina")
        collections.add(tx, LOCAL_ADMINISTRATOR, made.id, photos)
        return made.id


@pytest.fixture
def link(archive: Archive, collection):
    def _make(**more):
        given = {"recipient": "El Sol", "presets": ["web", "preview"], "collection_id": collection} | more
        made, token = sharing.make(archive, LOCAL_ADMINISTRATOR, **given)
        return made.id, token

    return _make


def _routes(token: str, asset_id: int) -> list[tuple[str, str]]:
    """Every address of a link that gives bytes of material, or leads to them."""
    return [
        ("GET", f"/l/{token}"),
        ("GET", f"/l/{token}/ver/{asset_id}/thumb"),
        ("GET", f"/l/{token}/ver/{asset_id}/preview"),
        ("GET", f"/l/{token}/bajar/{asset_id}/web"),
        ("GET", f"/l/{token}/bajar/{asset_id}/preview"),
        ("POST", f"/l/{token}/paquete"),
    ]


def _zip(client, token: str, **form) -> tuple[str, bytes]:
    answer = client.post(f"/l/{token}/paquete", data=form)
    assert answer.status_code == 303, answer.text
    address = _ready(client, answer.location)
    got = client.get(address)
    assert got.status_code == 200 and got.headers["Content-Type"] == "application/zip", got.status_code
    return address, got.data


def _ready(client, address: str) -> str:
    """Where the zip is, once everything in it is there: a slow machine looks more than once."""
    while not address.endswith("/zip"):
        address = client.post(f"{address}/avance").location
    return address


def test_a_link_shows_captions_and_credits_to_somebody_without_an_account(client, link, photos, archive):
    link_id, token = link()
    page = client.get(f"/l/{token}")
    assert page.status_code == 200
    assert "Para la prensa" in page.text and "Mitin &lt;b&gt;" in page.text and "Foto: Ñ" in page.text
    assert "secreto de la oficina" not in page.text and 'class="bar"' not in page.text
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert "no-store" in page.headers["Cache-Control"]
    for address in re.findall(rf"/l/{token}/(?:ver|bajar)/[^\"\s]+", page.text):
        assert client.get(address).status_code == 200, address
    with archive.reading() as tx:
        assert token not in [row.digest for row in tx.scalars(select(ShareLink))]
        assert tx.scalar(select(func.count()).select_from(LinkVisit).where(LinkVisit.link_id == link_id)) == 1


def test_what_is_taken_is_counted_recorded_and_told_in_the_receipt(client, link, photos, archive, as_role):
    link_id, token = link()
    taken = client.get(f"/l/{token}/bajar/{photos[0]}/web")
    assert taken.headers["Content-Disposition"].startswith("attachment")
    assert client.head(f"/l/{token}/bajar/{photos[0]}/web").status_code == 200
    more = client.get(f"/l/{token}/bajar/{photos[0]}/web", headers={"Range": "bytes=100-"})
    assert more.status_code == 206 and more.data == taken.data[100:]
    _zip(client, token, preset=["web", "preview"])
    with archive.reading() as tx:
        assert tx.get_one(ShareLink, link_id).taken == 5
        rows = tx.execute(select(Delivery.link_id, Delivery.user_id)).all()
        assert rows == [(link_id, None)] * 5
        said = tx.scalars(select(AuditEntry).where(AuditEntry.action == "asset.download")).all()
        assert {entry.actor for entry in said} == {"liga: El Sol"}
    receipt = as_role("coordinator").get(f"/ligas/{link_id}").text
    assert "El Sol" in receipt and "127.0.0.0/24" not in receipt  # nobody opened the page itself
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Safari/604.1"
    for agent in (phone, "Lector/2.0"):
        client.get(f"/l/{token}", headers={"User-Agent": agent})
    receipt = as_role("coordinator").get(f"/ligas/{link_id}").text
    assert "127.0.0.0/24" in receipt and ">Safari, iPhone<" in receipt and ">Lector/2.0<" in receipt


def test_a_zip_by_a_link_is_whole_and_goes_on(client, link, photos):
    _link_id, token = link()
    address, data = _zip(client, token, preset="web")
    whole = zipfile.ZipFile(io.BytesIO(data))
    assert whole.testzip() is None and len([n for n in whole.namelist() if n.endswith(".jpg")]) == 2
    part = client.get(address, headers={"Range": "bytes=500-"})
    assert part.status_code == 206 and part.data == data[500:]


def test_everything_is_each_material_once(client, link, photos):
    _link_id, token = link(presets=["video-1x1", "web", "preview"])
    _address, data = _zip(client, token)
    names = [name for name in zipfile.ZipFile(io.BytesIO(data)).namelist() if name.endswith(".jpg")]
    assert len(names) == len(photos) and all("_web" in name for name in names)


def test_only_the_formats_of_the_link_are_given(client, link, photos, archive):
    _link_id, token = link(presets=["preview"])
    assert client.get(f"/l/{token}/bajar/{photos[0]}/web").status_code == 404
    assert client.get(f"/l/{token}/bajar/{photos[0]}/original").status_code == 404
    assert client.get(f"/l/{token}/ver/{photos[0]}/web-2048").status_code == 404
    _address, data = _zip(client, token, preset=["original", "web"])
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert all("original" not in name and "_web" not in name for name in names)


def test_a_clip_is_played_whole_only_where_it_may_be_taken_whole(client, link, photos, archive):
    taking.change(archive, photos[0], kind="video", duration=12.0)
    for given, whole in (
        (["audio-mp3"], False), (["still", "loop"], False), (["video-9x16@1-3"], False),
        (["web-2048"], False),
        (["web"], True), (["x-video"], True), (["original"], True), (["audio-mp3", "mp4-1080"], True),
    ):  # fmt: skip
        _link_id, token = link(presets=given)
        answer = client.get(f"/l/{token}/ver/{photos[0]}/mp4-720", headers={"Accept": "application/json"})
        assert (answer.status_code != 404) is whole, given  # 202: the clip would be made
        assert ("<video" in client.get(f"/l/{token}").text) is whole, given


def test_a_link_to_a_part_of_a_clip_offers_it_under_its_own_name(client, link, photos, archive):
    taking.change(archive, photos[0], kind="video", duration=12.0)
    _link_id, token = link(presets=["video-9x16@1-3"])
    page = client.get(f"/l/{token}").text
    assert f"/l/{token}/bajar/{photos[0]}/video-9x16@1-3" in page
    assert "Original" not in page
    _link_id, token = link(presets=["web", "video-9x16@1-3"])
    assert ">Original<" not in client.get(f"/l/{token}").text, "the web version is none"


def test_what_the_link_does_not_lead_to_stays_hidden(client, link, photos, archive, event, send, tmp_path):
    other = taking.take_in(archive, send, material.photo(tmp_path / "9.jpg", seed=9), event)
    taking.change(archive, other, **CLEAR)
    _link_id, token = link()
    for method, address in _routes(token, other)[1:5]:
        assert client.open(address, method=method).status_code == 404, address
    answer = client.post(f"/l/{token}/paquete", data={"preset": "web", "id": str(other)})
    assert answer.status_code == 400


CLOSED = {
    "revoked": lambda row, now: setattr(row, "revoked_at", now),
    "expired": lambda row, now: setattr(row, "expires_at", now - timedelta(seconds=1)),
    "spent": lambda row, now: (setattr(row, "ceiling", 1), setattr(row, "taken", 1)),
}


@pytest.mark.parametrize("how", CLOSED)
def test_a_closed_link_opens_nothing_on_any_route(client, link, photos, archive, how):
    link_id, token = link()
    address, _data = _zip(client, token, preset="web")
    with archive.transaction() as tx:
        CLOSED[how](tx.get_one(ShareLink, link_id), archive.clock())
    for method, route in _routes(token, photos[0]):
        answer = client.open(route, method=method)
        assert answer.status_code == 404, (how, route, answer.status_code)
        assert b"JFIF" not in answer.data
    if how != "spent":  # what was counted when it was begun is gone on with
        for method, route in (("GET", address), ("GET", address[:-4]), ("POST", address[:-3] + "avance")):
            assert client.open(route, method=method).status_code == 404, (how, route)


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_a_zip_under_way_is_cut_when_the_link_closes(client, app, link, photos, archive, how):
    from dam.services.delivery.flowing import Cut

    link_id, token = link()
    answer = client.post(f"/l/{token}/paquete", data={"preset": ["web", "preview"]})
    flowing = client.get(_ready(client, answer.location), buffered=False)
    pieces = flowing.iter_encoded()
    next(pieces), next(pieces)
    with archive.transaction() as tx:
        CLOSED[how](tx.get_one(ShareLink, link_id), archive.clock())
    with pytest.raises(Cut):
        b"".join(pieces)


def test_without_the_password_nothing_opens_and_the_right_one_opens_it(client, app, link, photos, archive):
    link_id, token = link(password="tlacoyo azul")
    for method, route in _routes(token, photos[0]):
        answer = client.open(route, method=method)
        assert answer.status_code == 403 and "Para la prensa" not in answer.text, route
    assert client.post(f"/l/{token}", data={"password": "otra cosa"}).status_code == 403
    assert client.get(f"/l/{token}").status_code == 403
    assert client.post(f"/l/{token}", data={"password": "tlacoyo azul"}).status_code == 303
    assert client.get(f"/l/{token}").status_code == 200
    assert client.get(f"/l/{token}/bajar/{photos[0]}/web").status_code == 200
    other, elsewhere = link(password="tlacoyo azul")
    assert client.get(f"/l/{elsewhere}").status_code == 403  # one password said is not another
    assert app.test_client().get(f"/l/{token}").status_code == 403
    assert other != link_id


def test_the_last_download_of_a_link_is_given_once(client, link, photos, archive):
    link_id, token = link(ceiling=3)
    assert client.get(f"/l/{token}/bajar/{photos[0]}/web").status_code == 200
    answer = client.post(f"/l/{token}/paquete", data={"preset": ["web", "preview"]})
    assert client.get(_ready(client, answer.location)).status_code == 404  # four files, and two are left
    _zip(client, token, preset="web")
    assert client.get(f"/l/{token}/bajar/{photos[0]}/preview").status_code == 404
    with archive.reading() as tx:
        assert tx.get_one(ShareLink, link_id).taken == 3


def test_an_answer_without_a_byte_costs_no_download(client, link, photos, archive):
    link_id, token = link(ceiling=2)
    address = f"/l/{token}/bajar/{photos[0]}/web"
    for odd in ("bytes=99999999-", "bytes=0-1,4-5", "lines=0-1"):
        assert client.get(address, headers={"Range": odd}).status_code == 416
    taken = client.get(address)
    kept = client.get(address, headers={"If-None-Match": taken.headers["ETag"]})
    assert (taken.status_code, kept.status_code, kept.data) == (200, 304, b"")
    with archive.reading() as tx:
        assert tx.get_one(ShareLink, link_id).taken == 1
        assert tx.scalar(select(func.count()).select_from(Delivery)) == 1


@pytest.mark.parametrize(
    "state",
    [
        {"review": "received"}, {"review": "rejected"}, {"minors": "yes"}, {"minors": "not_looked_at"},
        {"deleted_at": "now"}, {"withdrawn_at": "now"}, {"embargo_until": "later"},
        {"processing": "quarantined"},
    ],
    ids=str,
)  # fmt: skip
def test_what_may_not_go_out_goes_out_by_no_route_of_a_link(client, link, photos, archive, state):
    moments = {"now": archive.clock(), "later": archive.clock() + timedelta(days=1)}
    taking.change(archive, photos[0], **{name: moments.get(value, value) for name, value in state.items()})
    _link_id, token = link()
    assert f"/{photos[0]}/" not in client.get(f"/l/{token}").text
    for method, route in _routes(token, photos[0])[1:5]:
        answer = client.open(route, method=method)
        assert answer.status_code == 404
        assert _plain(answer.text) == _plain(_never_was(client, token, route, photos[0]))
    _address, data = _zip(client, token, preset="web")
    assert len([n for n in zipfile.ZipFile(io.BytesIO(data)).namelist() if n.endswith(".jpg")]) == 1


def _plain(page: str) -> str:
    """Without the form's token, which tells the second."""
    return re.sub(r'(csrf[-_]token" (?:content|value))="[^"]*"', r"\1", page)


def _never_was(client, token: str, route: str, asset_id: int) -> str:
    """The answer for material that there never was: what is withheld is not told apart from it."""
    return client.get(route.replace(f"/{asset_id}/", "/424242/")).text


def test_whoever_makes_a_link_is_told_what_it_does_not_show_and_why(as_role, photos, collection, archive):
    taking.change(archive, photos[0], minors="not_looked_at")
    boss = as_role("coordinator")
    form = {"recipient": "El Sol", "collection": str(collection), "preset": ["web"], "days": "7"}
    made = boss.post("/ligas", data=form).text
    assert "data-withheld" in made and "(1)" in made
    assert made.count(f'href="/colecciones/{collection}"') == 2, "back, and to where it is approved"
    with archive.reading() as tx:
        link_id = tx.scalar(select(ShareLink.id))
    assert "data-withheld" in boss.get(f"/ligas/{link_id}").text
    taking.change(archive, photos[0], minors="no")
    assert "data-withheld" not in boss.get(f"/ligas/{link_id}").text


def test_a_wrong_token_says_no_more_than_any_wrong_address(client, link):
    link()
    assert client.get("/l/nothing").status_code == 404
    assert client.get("/l/" + "x" * 5000).status_code in (400, 404)


def test_making_and_closing_a_link_from_the_pages(as_role, client, collection, photos, archive):
    with archive.transaction() as tx:
        collections.share(tx, LOCAL_ADMINISTRATOR, collection, roles={"editor": True})
    editor = as_role("editor")
    page = editor.get(f"/colecciones/{collection}")
    assert page.status_code == 200
    form = {"recipient": "La Jornada", "collection": str(collection), "preset": ["web-2048"], "days": "7"}
    made = editor.post("/ligas", data=form)
    token = re.search(r"/l/([\w-]+)", made.text)[1]
    assert client.get(f"/l/{token}").status_code == 200
    assert "La Jornada" in editor.get("/ligas").text
    with archive.reading() as tx:
        link_id = tx.scalar(select(ShareLink.id))
    assert as_role("photographer").get(f"/ligas/{link_id}").status_code == 404
    assert as_role("viewer").post("/ligas", data=form).status_code == 403
    assert editor.post(f"/ligas/{link_id}/revocar").status_code == 302
    assert client.get(f"/l/{token}").status_code == 404


def test_originals_go_out_only_by_those_who_may_take_everybodys(as_role, photos):
    form = {"recipient": "x", "asset": str(photos[0]), "preset": ["original"], "days": "7"}
    assert as_role("photographer").post("/ligas", data=form).status_code == 403
    assert as_role("editor").post("/ligas", data=form).status_code == 200


def test_a_link_ends_and_its_numbers_are_numbers(as_role, photos):
    editor = as_role("editor")
    form = {"recipient": "x", "asset": str(photos[0]), "preset": ["web"], "days": "7"}
    for wrong in ({"days": ""}, {"days": "9999"}, {"ceiling": "0"}, {"ceiling": "x"}, {"recipient": " "},
                  {"password": "corta"}):  # fmt: skip
        assert editor.post("/ligas", data=form | wrong).status_code == 400, wrong
    assert editor.post("/ligas", data=form | {"preset": ["nothing such"]}).status_code == 404
    assert editor.post("/ligas", data=form | {"asset": "424242"}).status_code == 404
