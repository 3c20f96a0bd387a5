"""/material/<id>: what the page of an asset shows, to whom, and what it never runs."""

import json
import re
from html import unescape

from dam.models import Kind, MunicipalitySource, Official, Original, Processing, Rendition, Review, Role
from dam.services import bin as the_bin
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.describing import Description, describe
from tests.web.finding import HOSTILE

FETCH = {"X-Requested-With": "fetch"}


def make_preview(archive, asset_id: int, preset: str = "preview", **more: object) -> None:
    with archive.transaction() as tx:
        tx.add(Rendition(asset_id=asset_id, preset=preset, recipe="x", key=f"k-{asset_id}-{preset}",
                         media_type="image/jpeg", width=1280, height=853, bytes=100_000, **more))  # fmt: skip


def test_facts_stand_in_the_order_people_ask_for_them(archive, make_assets, as_role):
    (asset_id,) = make_assets(1, caption="Saludo a los asistentes", credit="Acervo", byline="Luis")
    with archive.transaction() as tx:
        official = Official(name="Óscar González", folded="oscar gonzalez")
        tx.add(official)
        tx.flush()
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(appears_add=(official.id,)))
    page = as_role(Role.EDITOR).get(f"/material/{asset_id}").text
    facts = page[page.index('id="asset-facts"') :]
    wanted = [
        "Óscar González",
        "Mitin en la plaza",
        "Toluca",
        "18:59",
        "Saludo a los asistentes",
        "Luis",
        "DSC_1.JPG",
    ]
    places = [facts.index(text) for text in wanted]
    assert places == sorted(places)
    assert "0001" in facts, "the asset's number in its event"


def test_what_people_and_cameras_wrote_is_text_and_never_markup(archive, make_assets, as_role):
    (asset_id,) = make_assets(
        1, name=HOSTILE + ".jpg", headline=HOSTILE, caption=HOSTILE, byline=HOSTILE, credit=HOSTILE,
        copyright=HOSTILE, keywords=[HOSTILE], persons=[HOSTILE], city=HOSTILE, camera_make=HOSTILE,
        lens=HOSTILE, alt_text=HOSTILE,
    )  # fmt: skip
    make_preview(archive, asset_id)
    for headers in ({}, FETCH):
        page = as_role(Role.EDITOR).get(f"/material/{asset_id}", headers=headers).text
        assert "<script>alert" not in page and "<img src=x" not in page
        assert HOSTILE in unescape(page)


def test_a_javascript_address_in_a_file_name_makes_no_link(make_assets, as_role):
    (asset_id,) = make_assets(1, name="javascript:alert(1)", headline="javascript:alert(1)")
    page = as_role(Role.EDITOR).get(f"/material/{asset_id}").text
    assert 'href="javascript' not in page


def test_what_one_may_not_see_is_not_there(make_assets, as_role):
    (asset_id,) = make_assets(1, review=Review.REJECTED)
    assert as_role(Role.VIEWER).get(f"/material/{asset_id}").status_code == 404
    assert as_role(Role.LIAISON, municipalities=["15054"]).get(f"/material/{asset_id}").status_code == 404
    assert as_role(Role.EDITOR).get("/material/999999").status_code == 404


def test_only_what_one_may_do_is_offered(make_assets, as_role):
    (asset_id,) = make_assets(1, review=Review.APPROVED)
    viewer, editor = as_role(Role.VIEWER), as_role(Role.EDITOR)
    seen = viewer.get(f"/material/{asset_id}").text
    assert f"/descargar/{asset_id}/web" in seen
    assert f"/descargar/{asset_id}/original" not in seen
    assert 'data-does="describe"' not in seen
    offered = editor.get(f"/material/{asset_id}").text
    assert f"/descargar/{asset_id}/original" in offered and 'data-does="describe"' in offered
    assert (
        "asset-bin" not in offered
        and "asset-bin" in as_role(Role.COORDINATOR).get(f"/material/{asset_id}").text
    )


def test_arrows_lead_through_the_search_it_came_from(make_assets, as_role):
    first, second, third = make_assets(3, headline="Becas")
    make_assets(1, headline="Otra cosa")
    page = as_role(Role.EDITOR).get(f"/material/{second}?q=becas").text
    assert f'href="/material/{first}?q=becas" data-does="before"' in page
    assert f'href="/material/{third}?q=becas" data-does="after"' in page
    assert 'data-does="after"' not in as_role(Role.EDITOR).get(f"/material/{third}?q=becas").text
    assert 'data-back="/buscar?q=becas"' in page


def test_quarantine_shows_its_reason_and_only_owner_and_administrator_come_near(
    make_assets, make_user, as_user, as_role
):
    owner = make_user(Role.PHOTOGRAPHER)
    (asset_id,) = make_assets(1, owner=owner, processing=Processing.QUARANTINED, reason_code="cut_short")
    for browser in (as_user(owner), as_role(Role.ADMINISTRATOR)):
        page = browser.get(f"/material/{asset_id}").text
        assert f'href="/descargar/{asset_id}/original"' in page
        assert "/web" not in page[page.index("asset-bar") :] and f"/archivo/{asset_id}" not in page
        assert "cut short" in page or "cortado" in page or "incompleto" in page
    for role in (Role.COORDINATOR, Role.EDITOR, Role.VIEWER):
        assert as_role(role).get(f"/material/{asset_id}").status_code == 404


def test_a_suggested_municipality_is_called_a_suggestion_and_taken_with_one_press(make_assets, as_role):
    (asset_id,) = make_assets(
        1,
        municipality_source=MunicipalitySource.EVENT,
        suggested_municipality_key="15054",
        suggestion_confidence=0.9,
    )
    browser = as_role(Role.EDITOR)
    page = browser.get(f"/material/{asset_id}").text
    form = re.search(r'<form[^>]*data-json="([^"]*)"[^>]*><button[^>]*data-accept', page)
    assert '"15054"' in unescape(form[1])
    assert browser.post("/material/describir", json=json.loads(unescape(form[1]))).status_code == 200
    told = browser.get(f"/material/{asset_id}").text
    assert "data-accept" not in told and 'href="/municipios/15054"' in told


def test_in_the_bin_it_says_so_and_offers_the_way_back(archive, make_assets, as_role):
    (asset_id,) = make_assets(1)
    with archive.transaction() as tx:
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [asset_id])
    page = as_role(Role.COORDINATOR).get(f"/material/{asset_id}").text
    assert "asset-banner" in page and 'action="/material/restaurar"' in page
    assert f"/descargar/{asset_id}/web" not in page
    assert as_role(Role.EDITOR).get(f"/material/{asset_id}").status_code == 404


def test_a_clip_has_a_player_and_its_storyboard_on_the_seek_bar(archive, make_assets, as_role):
    (asset_id,) = make_assets(1, kind=Kind.VIDEO, duration=12.5)
    make_preview(archive, asset_id, "mp4-720")
    sheet = {"columns": 10, "rows": 1, "tiles": 6, "interval": 2, "tile_width": 160, "tile_height": 90}
    make_preview(archive, asset_id, "storyboard", detail=sheet)
    page = as_role(Role.VIEWER).get(f"/material/{asset_id}").text
    assert "<video" in page and f'src="/archivo/{asset_id}/mp4-720' in page
    assert '"tiles": 6' in unescape(page) and 'data-seconds="12.5"' in page


def test_the_exposure_is_said_as_photographers_say_it(archive, make_assets, as_role):
    (asset_id,) = make_assets(1, camera_model="Model One")
    with archive.transaction() as tx:
        original = tx.query(Original).filter_by(asset_id=asset_id).one()
        facts = {"exposure_seconds": 0.004, "aperture": 2.8, "iso": 400, "focal_length": 35.0}
        original.raw_facts = {"facts": facts}
    assert "1/250 s · f/2.8 · ISO 400 · 35 mm" in as_role(Role.VIEWER).get(f"/material/{asset_id}").text


def test_facts_of_a_strange_kind_do_not_break_the_page(archive, make_assets, as_role):
    (asset_id,) = make_assets(1)
    with archive.transaction() as tx:
        original = tx.query(Original).filter_by(asset_id=asset_id).one()
        original.raw_facts = {
            "facts": {"exposure_seconds": "fast", "aperture": None, "iso": 1e400, "focal_length": -1}
        }
    assert as_role(Role.VIEWER).get(f"/material/{asset_id}").status_code == 200


def test_the_history_says_who_did_what(archive, make_assets, as_role):
    (asset_id,) = make_assets(1)
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(caption="Algo"))
    page = as_role(Role.EDITOR).get(f"/material/{asset_id}").text
    assert "Administración local" in page[page.index('class="history"') :]
