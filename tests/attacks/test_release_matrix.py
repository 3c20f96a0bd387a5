"""Every route that gives bytes × every reason to refuse: nothing gets out by a second door, or half way."""

import contextlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from dam.archive import Archive
from dam.cli.desk import Desk
from dam.cli.download import download
from dam.cli.export import export
from dam.errors import DamError
from dam.models import (
    Asset,
    Delivery,
    LinkKind,
    Minors,
    Original,
    OriginalRole,
    Processing,
    Review,
    Role,
    ShareLink,
    User,
)
from dam.services import accounts, collections, indexing, sharing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.delivery import bundles
from dam.services.delivery.flowing import Cut
from dam.services.mounting import files as mounted
from dam.services.renditions import making
from dam.web import sending
from storage import StoreError
from tests import material, taking

JPEG = b"\xff\xd8\xff"
NETWORK = "ig-1x1"
CLEAR = {
    "review": Review.APPROVED, "minors": Minors.NO, "processing": Processing.READY, "deleted_at": None,
    "withdrawn_at": None, "embargo_until": None, "rights_expire_on": None,
}  # fmt: skip

# Who stands at the door, and what for. Each reason names the groups that it stops; the others must give.
OFFICE_TAKE, OFFICE_NETWORK, OFFICE_FULL, OFFICE_SMALL = (
    "office take",
    "office network",
    "office full",
    "office small",
)
VIEWER_TAKE, VIEWER_NETWORK, VIEWER_FULL, VIEWER_SMALL = (
    "viewer take",
    "viewer network",
    "viewer full",
    "viewer small",
)
OUTSIDE = "outside"
EVERYBODY = {OFFICE_TAKE, OFFICE_NETWORK, OFFICE_FULL, OFFICE_SMALL, VIEWER_TAKE, VIEWER_NETWORK, VIEWER_FULL,
             VIEWER_SMALL, OUTSIDE}  # fmt: skip
TAKING = {OFFICE_TAKE, OFFICE_NETWORK, VIEWER_TAKE, VIEWER_NETWORK, VIEWER_FULL, OUTSIDE}
NOT_THE_OFFICE = {VIEWER_TAKE, VIEWER_NETWORK, VIEWER_FULL, OUTSIDE}
PUBLISHING = {OFFICE_NETWORK, VIEWER_NETWORK, OUTSIDE}


def _reasons(archive: Archive) -> Iterator[tuple[str, dict[str, Any], set[str]]]:
    now = archive.clock()
    yield "nothing stands against it", {}, set()
    yield "withdrawn", {"withdrawn_at": now}, EVERYBODY
    yield "in the bin", {"deleted_at": now}, EVERYBODY
    yield "in quarantine", {"processing": Processing.QUARANTINED}, EVERYBODY
    yield "embargo", {"embargo_until": now + timedelta(hours=1)}, TAKING
    yield "embargo over", {"embargo_until": now - timedelta(seconds=1)}, set()
    yield "rights over", {"rights_expire_on": (now - timedelta(days=2)).date()}, TAKING
    yield "rights hold", {"rights_expire_on": (now + timedelta(days=2)).date()}, set()
    yield "not approved", {"review": Review.RECEIVED}, NOT_THE_OFFICE
    yield "in review", {"review": Review.IN_REVIEW}, NOT_THE_OFFICE
    yield "rejected", {"review": Review.REJECTED}, NOT_THE_OFFICE | {VIEWER_SMALL}
    yield "minors", {"minors": Minors.YES}, PUBLISHING
    yield "nobody looked for minors", {"minors": Minors.NOT_LOOKED_AT}, PUBLISHING


@dataclass
class Ground:
    """One photo, everything that leads to it, and a browser for whoever knocks."""

    archive: Archive
    asset_id: int
    original_id: int
    editor: FlaskClient
    viewer: FlaskClient
    anybody: FlaskClient
    link_id: int
    token: str
    feed_id: int
    feed: str
    signed: str
    editor_login: str
    folder: Path
    turn: int = field(default=0)


@pytest.fixture
def ground(archive: Archive, app: Flask, make_user, as_user, as_role, event, send, tmp_path: Path) -> Ground:
    photo = material.photo(tmp_path / "a.jpg", size=(1200, 1200))
    asset_id = taking.take_in(archive, send, photo, event)
    taking.change(archive, asset_id, **CLEAR)
    with archive.transaction() as tx:
        original = tx.query(Original).filter(Original.asset_id == asset_id).one()
        original_id = original.id
        # As of a motion photo; the "clip" inside is a piece of the picture itself.
        facts = dict((original.raw_facts or {}).get("facts") or {})
        original.raw_facts = {"facts": facts | {"motion_offset": 1, "motion_length": 100}}
        made = collections.create(tx, LOCAL_ADMINISTRATOR, "Para la prensa")
        collections.add(tx, LOCAL_ADMINISTRATOR, made.id, [asset_id])
    given = {"collection_id": made.id, "presets": ["web", NETWORK, "original"]}
    link, token = sharing.make(archive, LOCAL_ADMINISTRATOR, recipient="El Sol", **given)
    feed, feed_token = sharing.make(
        archive, LOCAL_ADMINISTRATOR, recipient="Página", kind=LinkKind.FEED, days=None, **given
    )
    editor: User = make_user(Role.EDITOR)
    browser = as_user(editor)
    browser.get(f"/descargar/{asset_id}/{NETWORK}", headers={"Accept": "application/json"})
    making.make_missing(archive, asset_id)  # a network's shape is made once it was asked for
    while indexing.drain(archive):
        pass
    anybody = app.test_client()
    entries = anybody.get(f"/canal/{feed_token}.json").json["items"]
    signed = next(one["url"] for one in entries[0]["attachments"] if one["title"] == "web")
    return Ground(
        archive, asset_id, original_id, browser, as_role(Role.VIEWER), anybody, link.id, token, feed.id,
        feed_token, re.sub(r"^https?://[^/]+", "", signed), editor.login, tmp_path,
    )  # fmt: skip


Door = Callable[[Ground], bytes]


def _get(who: str, address: str) -> Door:
    def knock(ground: Ground) -> bytes:
        client: FlaskClient = getattr(ground, who)
        filled = address.format(
            id=ground.asset_id, file=ground.original_id, token=ground.token, signed=ground.signed
        )
        answer = client.get(filled, headers={"Accept": "application/json"})
        if answer.status_code not in (200, 206):
            assert JPEG not in answer.data, filled
            assert answer.status_code in (403, 404), (filled, answer.status_code)
        return answer.data if answer.status_code == 200 else b""

    return knock


def _any(door: Door) -> Door:
    """Whatever it gives counts, without the head of a JPEG."""
    return lambda ground: JPEG if door(ground) else b""


def _zip_of(data: bytes) -> bytes:
    """The pictures in it, one after the other."""
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        return b"".join(whole.read(name) for name in whole.namelist() if name.endswith(".jpg"))


def _zip(who: str, address: str, preset: str = "web", *, as_json: bool = False) -> Door:
    def knock(ground: Ground) -> bytes:
        client: FlaskClient = getattr(ground, who)
        if as_json:
            answer = client.post(address, json={"asset_ids": [ground.asset_id], "preset": preset})
        else:
            answer = client.post(
                address.format(token=ground.token), data={"id": ground.asset_id, "preset": preset}
            )
        if answer.status_code in (301, 302, 303):
            answer = client.get(answer.location)
        if answer.status_code != 200:
            assert answer.status_code in (400, 403, 404), (address, answer.status_code)
            return b""
        if answer.content_type != "application/zip":  # the page that says why there is nothing
            assert JPEG not in answer.data and "material" in answer.text
            return b""
        return _zip_of(answer.data)

    return knock


def _command(command: Any, *words: str) -> Door:
    """``dam …`` as the editor; the pictures that lie in the folder afterwards."""

    def knock(ground: Ground) -> bytes:
        desk = type("HereDesk", (Desk,), {"archive": ground.archive})(ground.editor_login)
        ground.turn += 1
        folder = ground.folder / f"out-{ground.turn}"
        said = [word.format(id=ground.asset_id, folder=folder) for word in words]
        CliRunner().invoke(command, said, obj=desk)
        return b"".join(path.read_bytes() for path in folder.rglob("*.jpg"))

    return knock


def _drive(preset: str) -> Door:
    """A file of the mounted drive that a program has open by name already."""

    def knock(ground: Ground) -> bytes:
        with ground.archive.reading() as tx:
            user = tx.query(User).filter(User.login == ground.editor_login).one()
            actor = accounts.actor_of(tx, user)
        at = ground.archive.clock()
        file = mounted.File("a.jpg", ground.asset_id, preset, 1, "image/jpeg", at, "x")
        try:
            opened = mounted.take(ground.archive, actor, file)
        except DamError:
            return b""
        with contextlib.closing(opened.handle):
            return opened.handle.read()

    return knock


DOORS: dict[str, tuple[str, Door]] = {
    "page": (OFFICE_TAKE, _get("editor", "/descargar/{id}/web")),
    "page, original": (OFFICE_TAKE, _get("editor", "/descargar/{id}/original")),
    "page, one file": (OFFICE_TAKE, _get("editor", "/descargar/{id}/archivo/{file}")),
    "clip in a motion photo": (OFFICE_TAKE, _any(_get("editor", "/material/{id}/movimiento"))),
    "page, network": (OFFICE_NETWORK, _get("editor", "/descargar/{id}/" + NETWORK)),
    "api": (OFFICE_TAKE, _get("editor", "/api/v1/assets/{id}/files/web")),
    "api, original": (OFFICE_TAKE, _get("editor", "/api/v1/assets/{id}/files/original")),
    "api, network": (OFFICE_NETWORK, _get("editor", "/api/v1/assets/{id}/files/" + NETWORK)),
    "zip": (OFFICE_TAKE, _zip("editor", "/descargar/zip")),
    "zip of originals": (OFFICE_TAKE, _zip("editor", "/descargar/zip", "original")),
    "zip for networks": (OFFICE_NETWORK, _zip("editor", "/descargar/zip", NETWORK)),
    "api zip": (OFFICE_TAKE, _zip("editor", "/api/v1/zip", as_json=True)),
    "package": (OFFICE_TAKE, _zip("editor", "/paquetes")),
    "package for networks": (OFFICE_NETWORK, _zip("editor", "/paquetes", NETWORK)),
    "screen": (OFFICE_FULL, _get("editor", "/archivo/{id}/web-2048")),
    "thumbnail": (OFFICE_SMALL, _get("editor", "/archivo/{id}/thumb")),
    "preview": (OFFICE_SMALL, _get("editor", "/archivo/{id}/preview")),
    "dam download": (OFFICE_TAKE, _command(download, "{id}", "--to", "{folder}")),
    "dam export": (OFFICE_TAKE, _command(export, "{folder}")),
    "drive": (OFFICE_TAKE, _drive("web-2048")),
    "drive, original": (OFFICE_TAKE, _drive("original")),
    "viewer's page": (VIEWER_TAKE, _get("viewer", "/descargar/{id}/web")),
    "viewer's page, network": (VIEWER_NETWORK, _get("viewer", "/descargar/{id}/" + NETWORK)),
    "viewer's api": (VIEWER_TAKE, _get("viewer", "/api/v1/assets/{id}/files/web")),
    "viewer's zip": (VIEWER_TAKE, _zip("viewer", "/descargar/zip")),
    "viewer's package": (VIEWER_TAKE, _zip("viewer", "/paquetes")),
    "viewer's screen": (VIEWER_FULL, _get("viewer", "/archivo/{id}/web-2048")),
    "viewer's thumbnail": (VIEWER_SMALL, _get("viewer", "/archivo/{id}/thumb")),
    "link": (OUTSIDE, _get("anybody", "/l/{token}/bajar/{id}/web")),
    "link, network": (OUTSIDE, _get("anybody", "/l/{token}/bajar/{id}/" + NETWORK)),
    "link, original": (OUTSIDE, _get("anybody", "/l/{token}/bajar/{id}/original")),
    "link's thumbnail": (OUTSIDE, _get("anybody", "/l/{token}/ver/{id}/thumb")),
    "link's preview": (OUTSIDE, _get("anybody", "/l/{token}/ver/{id}/preview")),
    "link's zip": (OUTSIDE, _zip("anybody", "/l/{token}/paquete")),
    "feed": (OUTSIDE, _get("anybody", "{signed}")),
}  # fmt: skip


def test_every_route_that_gives_bytes_refuses_for_every_reason_and_for_no_other(ground: Ground) -> None:
    wrong = []
    for reason, facts, stops in _reasons(ground.archive):
        taking.change(ground.archive, ground.asset_id, **(CLEAR | facts))
        for name, (group, knock) in DOORS.items():
            gives = JPEG in knock(ground)
            if gives == (group in stops):
                wrong.append(f"{name}: {'gives' if gives else 'refuses'} although: {reason}")
    assert wrong == []


# Endpoints that hand out files of material. A new one is put here together with its row above.
GIVE_BYTES = {
    "downloads.download", "downloads.download_zip", "api.take_file", "api.take_zip", "files.show_file",
    "families.take_file", "families.motion", "packages.take", "shared.show", "shared.take",
    "shared.take_package", "feeds.picture",
}  # fmt: skip


def test_no_route_that_names_a_format_or_a_zip_is_missing_from_the_matrix(app: Flask) -> None:
    found = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "preset" in rule.arguments or "original_id" in rule.arguments
        or re.search(r"(^|/)zip$|/archivo/|/movimiento$|/dav", rule.rule)
    }  # fmt: skip
    assert found == GIVE_BYTES


LINK_REASONS: dict[str, Callable[[ShareLink, Any], Any]] = {
    "revoked": lambda row, now: setattr(row, "revoked_at", now),
    "expired": lambda row, now: setattr(row, "expires_at", now - timedelta(seconds=1)),
    "spent": lambda row, now: (setattr(row, "ceiling", 1), setattr(row, "taken", 1)),
    "wrong password": lambda row, now: setattr(row, "password_hash", "nobody knows"),
}


@pytest.mark.parametrize("why", LINK_REASONS)
def test_no_route_of_a_closed_link_gives_a_byte(ground: Ground, why: str) -> None:
    outside = {name: knock for name, (group, knock) in DOORS.items() if group == OUTSIDE and name != "feed"}
    for name, knock in outside.items():
        assert JPEG in knock(ground), name
    with ground.archive.transaction() as tx:
        LINK_REASONS[why](tx.get_one(ShareLink, ground.link_id), ground.archive.clock())
        if why in ("revoked", "expired"):
            LINK_REASONS[why](tx.get_one(ShareLink, ground.feed_id), ground.archive.clock())
    for name, knock in outside.items():
        assert knock(ground) == b"", name
    if why in ("revoked", "expired"):
        assert _get("anybody", "{signed}")(ground) == b""


ROLES = {
    "page, original": {Role.EDITOR, Role.COORDINATOR, Role.ADMINISTRATOR},
    "page, one file": {Role.EDITOR, Role.COORDINATOR, Role.ADMINISTRATOR},
    "api, original": {Role.EDITOR, Role.COORDINATOR, Role.ADMINISTRATOR},
    "zip of originals": {Role.EDITOR, Role.COORDINATOR, Role.ADMINISTRATOR},
    "page": set(Role),
    "zip": set(Role),
}


def test_everybodys_originals_are_for_the_desk_and_web_versions_for_all(ground: Ground, as_role) -> None:
    for role in Role:
        ground.editor = as_role(role)
        for name, roles in ROLES.items():
            assert (JPEG in DOORS[name][1](ground)) == (role in roles), f"{role}: {name}"


def test_nobody_but_the_local_administrator_takes_what_was_withdrawn_and_it_is_recorded(
    ground: Ground, as_role
) -> None:
    taking.change(ground.archive, ground.asset_id, withdrawn_at=ground.archive.clock())
    for role in Role:
        ground.editor = as_role(role)
        for name, (group, knock) in DOORS.items():
            if group in (OFFICE_TAKE, OFFICE_NETWORK) and not name.startswith(("dam", "drive")):
                assert knock(ground) == b"", f"{role}: {name}"
    desk = type("HereDesk", (Desk,), {"archive": ground.archive})(None)
    folder = ground.folder / "administrator"
    ran = CliRunner().invoke(download, [str(ground.asset_id), "--to", str(folder)], obj=desk)
    assert ran.exit_code == 0 and len(list(folder.glob("*.jpg"))) == 1
    with ground.archive.reading() as tx:
        assert tx.query(Delivery).filter(Delivery.route == "cli", Delivery.user_id.is_(None)).count() == 1


MIDDLE = {
    "withdrawn": lambda archive: {"withdrawn_at": archive.clock()},
    "embargo": lambda archive: {"embargo_until": archive.clock() + timedelta(hours=1)},
    "rights over": lambda archive: {"rights_expire_on": (archive.clock() - timedelta(days=2)).date()},
    "in the bin": lambda archive: {"deleted_at": archive.clock()},
}


@pytest.mark.parametrize("why", MIDDLE)
def test_what_is_stopped_in_the_middle_of_a_zip_is_not_in_the_rest_of_it(
    archive: Archive, event, send, tmp_path: Path, why: str
) -> None:
    ids = [
        taking.take_in(archive, send, material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
        for seed in (1, 2)
    ]
    editor = taking.people(archive)["editor"]
    flowing = bundles.zip_stream(archive, editor, ids, "web")
    first = next(flowing)
    taking.change(archive, ids[1], **MIDDLE[why](archive))
    with zipfile.ZipFile(io.BytesIO(first + b"".join(flowing))) as whole:
        pictures = [name for name in whole.namelist() if name.endswith(".jpg")]
        note = whole.read("README.txt").decode()
    assert len(pictures) == 1 and "0001" in pictures[0]
    assert f"Material {ids[1]}: " in note


@pytest.mark.parametrize("why", MIDDLE)
def test_a_package_put_together_before_is_cut_where_something_was_stopped(ground: Ground, why: str) -> None:
    made = ground.editor.post("/paquetes", data={"id": ground.asset_id, "preset": "web"})
    assert made.status_code == 303
    taking.change(ground.archive, ground.asset_id, **MIDDLE[why](ground.archive))
    with pytest.raises(Cut):
        assert ground.editor.get(made.location).data == b""


def test_the_originals_of_the_matrix_are_primary(ground: Ground) -> None:
    with ground.archive.reading() as tx:
        assert tx.get_one(Original, ground.original_id).role == OriginalRole.PRIMARY
        assert tx.get_one(Asset, ground.asset_id).processing == Processing.READY


SINGLE = {
    "page": ("editor", "/descargar/{id}/web"),
    "page, original": ("editor", "/descargar/{id}/original"),
    "page, one file": ("editor", "/descargar/{id}/archivo/{file}"),
    "api": ("editor", "/api/v1/assets/{id}/files/web"),
    "screen": ("editor", "/archivo/{id}/web-2048"),
    "viewer's page": ("viewer", "/descargar/{id}/web"),
    "link": ("anybody", "/l/{token}/bajar/{id}/web"),
    "link, original": ("anybody", "/l/{token}/bajar/{id}/original"),
    "link's preview": ("anybody", "/l/{token}/ver/{id}/preview"),
    "feed": ("anybody", "{signed}"),
}


@pytest.mark.parametrize("name", SINGLE)
def test_a_single_file_under_way_is_cut_when_it_is_withdrawn(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sending, "WATCHED_EVERY", 0.0)
    monkeypatch.setattr(sending, "PIECE", 1024)
    who, address = SINGLE[name]
    filled = address.format(
        id=ground.asset_id, file=ground.original_id, token=ground.token, signed=ground.signed
    )
    pieces = getattr(ground, who).get(filled, buffered=False).iter_encoded()
    begun = next(pieces)
    assert begun.startswith(JPEG) and len(begun) == 1024
    taking.change(ground.archive, ground.asset_id, withdrawn_at=ground.archive.clock())
    with pytest.raises(DamError):
        b"".join(pieces)


def test_a_long_file_in_a_zip_is_cut_when_it_is_withdrawn(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "ASK_AGAIN", 0.0)
    monkeypatch.setattr(bundles, "CHUNK", 1024)
    editor = taking.people(ground.archive)["editor"]
    flowing = bundles.zip_stream(ground.archive, editor, [ground.asset_id], "original")
    begun = b"".join(next(flowing) for _ in range(4))
    assert JPEG in begun
    taking.change(ground.archive, ground.asset_id, withdrawn_at=ground.archive.clock())
    with pytest.raises(StoreError):
        b"".join(flowing)
