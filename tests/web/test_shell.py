"""The frame of every page, refusals in both forms, and health."""

import ast
import logging
import os
import re
import shutil

import pytest
from flask import Flask, abort

from dam.archive import Archive
from dam.errors import Ambiguous, Conflict, Forbidden, Invalid, NotFound, StoreFull, Unavailable
from dam.models import Processing, Review, Role
from dam.settings import ROOT
from dam.web import colours, words
from dam.web.assets_build import Manifest
from dam.web.deeds import DEEDS
from dam.web.doors import public
from dam.web.language import length, size
from storage import StoreError


@pytest.fixture
def broken(app: Flask) -> Flask:
    """Addresses that refuse in every way."""
    refusals = {
        "missing": NotFound("There is no event %(name)s.", name="<b>X</b>"),
        "invalid": Invalid("No."),
        "ambiguous": Ambiguous("Several fit.", candidates=["Metepec, México", "Metepec, Hidalgo"]),
        "conflict": Conflict("No."),
        "forbidden": Forbidden("No."),
        "full": StoreFull("Full."),
        "away": Unavailable("Away."),
        "store": StoreError("/secret/path is away"),
        "bug": RuntimeError("secret inside"),
    }

    def _refuse(kind: str):
        if kind.isdigit():
            abort(int(kind))
        raise refusals[kind]

    app.add_url_rule("/refuse/<kind>", "refuse", public(_refuse))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


STATUSES = [
    ("missing", 404), ("invalid", 400), ("ambiguous", 409), ("conflict", 409), ("forbidden", 403),
    ("full", 507), ("away", 503), ("store", 503), ("bug", 500), ("404", 404), ("413", 413), ("429", 429),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "status"), STATUSES)
def test_a_refusal_has_one_status_and_is_a_page_or_json(broken: Flask, kind: str, status: int) -> None:
    page = broken.test_client().get(f"/refuse/{kind}")
    assert page.status_code == status and page.mimetype == "text/html" and "<main" in page.text
    heading = re.search(r"<h1[^>]*>(.+?)</h1>", page.text)
    assert heading and f"<title>{heading[1].rstrip('.')} ·" in page.text, "its tab says what happened"
    told = broken.test_client().get(f"/refuse/{kind}", headers={"X-Requested-With": "fetch"})
    assert told.status_code == status and set(told.json) == {"error", "message", "detail"}
    assert "secret" not in page.text + told.text


def test_candidates_are_shown_and_names_are_never_markup(broken: Flask) -> None:
    client = broken.test_client()
    assert "Metepec, Hidalgo" in client.get("/refuse/ambiguous").text
    page = client.get("/refuse/missing").text
    assert "&lt;b&gt;X&lt;/b&gt;" in page and "<b>X" not in page


def test_a_failure_is_logged_under_the_number_its_reader_gets(broken: Flask, caplog) -> None:
    with caplog.at_level(logging.ERROR):
        told = broken.test_client().get("/refuse/bug", headers={"Accept": "application/json"}).json
    assert told["detail"]["number"] in caplog.text and "secret inside" in caplog.text


def test_health_is_well_and_says_which_parts(client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "parts": {"database": True, "originals": True, "renditions": True}}


def test_a_store_that_is_not_mounted_makes_health_fail(archive: Archive, client) -> None:
    (archive.settings.originals_dir / ".store").unlink()
    answer = client.get("/healthz")
    assert answer.status_code == 503 and answer.json["parts"]["originals"] is False


@pytest.mark.sqlite
def test_a_missing_database_makes_health_fail_without_naming_it(archive: Archive, client) -> None:
    archive.database.dispose()
    for path in archive.settings.data_dir.glob("archive.sqlite3*"):
        path.unlink()
    shutil.rmtree(archive.settings.originals_dir)
    (archive.settings.data_dir / "archive.sqlite3").mkdir()
    answer = client.get("/healthz")
    assert answer.status_code == 503 and answer.json["parts"]["database"] is False
    assert str(archive.settings.data_dir) not in answer.text


@pytest.mark.sqlite
def test_without_a_database_a_signed_in_browser_gets_a_sentence(archive: Archive, as_role) -> None:
    browser = as_role(Role.EDITOR)
    archive.database.dispose()
    for path in archive.settings.data_dir.glob("archive.sqlite3*"):
        path.unlink()
    for headers in ({}, {"X-Requested-With": "fetch"}):
        answer = browser.get("/cuenta", headers=headers)
        assert answer.status_code == 503 and "Retry-After" in answer.headers
        assert "no such table" not in answer.text and str(archive.settings.data_dir) not in answer.text


def test_the_menu_offers_only_what_one_may_do(as_role) -> None:
    boss, viewer = as_role(Role.ADMINISTRATOR).get("/cuenta").text, as_role(Role.VIEWER).get("/cuenta").text
    for address in ("/subir", "/cargas", "/papelera", "/admin/usuarios", "/admin/registro"):
        assert f'href="{address}"' in boss and f'href="{address}"' not in viewer


def test_words_of_different_enums_do_not_mix(app: Flask) -> None:
    with app.test_request_context():
        assert str(words.word(Processing.RECEIVED)) != str(words.word(Review.RECEIVED))


@pytest.mark.parametrize("enum", list(words.WORDS))
def test_every_member_has_a_word(enum) -> None:
    assert set(words.WORDS[enum]) == set(enum)


def test_every_reason_has_a_sentence() -> None:
    from dam.media.reasons import Reason
    from dam.services.ingest.reasons import IngestReason

    assert set(words.REASONS) >= {str(code) for code in (*Reason, *IngestReason)}


def test_everything_that_is_recorded_has_words() -> None:
    recorded = set()
    for path in (ROOT / "dam").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("record", "record_each"):
                said = [one.value for one in call.args if isinstance(one, ast.Constant)]
                recorded |= {action for action in said if "." in str(action)}
    assert "asset.download" in recorded
    assert recorded <= set(DEEDS)


def test_the_accent_can_be_read_in_both_lights() -> None:
    for accent in ("#c1121f", "#ffff00", "#000000", "#ffffff", "#0050ff", "#777777"):
        for ground in (colours.LIGHT_GROUND, colours.DARK_GROUND):
            assert colours.contrast(colours.readable(accent, ground), ground) >= 4.5
        assert colours.contrast(colours.on(accent), accent) >= 4.5


def test_contrast_is_wcags() -> None:
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_sizes_and_lengths_read_as_people_say_them(app: Flask) -> None:
    with app.test_request_context():
        assert [size(n) for n in (0, 999, 4_200_000, 325_000_000_000)] == ["0 B", "999 B", "4.2 MB", "325 GB"]
    assert [length(seconds) for seconds in (7, 750, 3723, 59.6)] == ["0:07", "12:30", "1:02:03", "1:00"]


def test_dates_read_as_people_say_them(app: Flask) -> None:
    from datetime import UTC, datetime

    with app.test_request_context():
        day, wall, moment = (app.jinja_env.filters[name] for name in ("day", "wall_clock", "moment"))
        assert wall(datetime(2026, 5, 1, 18, 40)) == "1 may 2026, 18:40"
        assert day(datetime(2026, 5, 1).date()) == "1 may 2026"
        assert moment(datetime(2026, 5, 2, 0, 40, tzinfo=UTC)) == "1 may 2026, 18:40"


def test_built_files_are_kept_for_a_year_and_found_by_their_plain_name(app: Flask, tmp_path) -> None:
    (tmp_path / "base-ABCD1234.js").write_text("1")
    (tmp_path / "manifest.json").write_text('{"base.js": "base-ABCD1234.js"}')
    app.static_folder = str(tmp_path)
    address = Manifest(tmp_path).address("base.js")
    assert address == "/static/base-ABCD1234.js"
    assert "immutable" in app.test_client().get(address).headers["Cache-Control"]
    assert "immutable" not in app.test_client().get("/static/manifest.json").headers["Cache-Control"]
    assert app.test_client().get("/static/../../app.py").status_code == 404


def test_a_new_build_is_noticed_while_serving(tmp_path) -> None:
    manifest = tmp_path / "manifest.json"
    built = Manifest(tmp_path)
    assert built.address("base.js") == "/static/base.js"  # not built yet: the page stands without it
    manifest.write_text('{"base.js": "base-ABCD1234.js"}')
    assert built.address("base.js") == "/static/base-ABCD1234.js"
    manifest.write_text('{"base.js": "base-EFGH5678.js"}')
    os.utime(manifest, ns=(1, 1))
    assert built.address("base.js") == "/static/base-EFGH5678.js"


def test_json_says_lazy_sentences(app: Flask) -> None:
    app.add_url_rule("/said", "said", public(lambda: {"word": words.word(Role.VIEWER)}))
    assert app.test_client().get("/said").json == {"word": "Consulta"}
