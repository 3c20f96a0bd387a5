"""docs/api.md is true: its commands run against a real server, its answers have the fields it shows."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dam.archive import Archive
from dam.models import Event, Outcome, Role
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import tokens
from dam.web.api.shapes import Search
from tests import material, taking
from tests.web.serving import serving

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
BLOCK = re.compile(r"```(sh|json)\n(.*?)```", re.DOTALL)
STRICT = 'curl() { command curl --fail-with-body --max-time 60 "$@"; }\n'


def test_every_address_and_filter_of_the_contract_is_told(client) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for path in client.get("/api/v1/openapi.json").json["paths"]:
        assert re.search(re.sub(r"\{\w+\}", r"[$\\w]+", path).replace("/", r"\/") + r'["?\s`]', text), path
    for name, field in Search.model_fields.items():
        assert f"`{field.alias or name}`" in text, name
    for outcome in Outcome:
        assert f"`{outcome}`" in text


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_examples_run_and_answer_as_shown(
    archive: Archive, event: Event, send, work, tmp_path: Path
) -> None:
    asset_id = taking.take_in(archive, send, material.photo(tmp_path / "a.jpg"), event)
    work()
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "edita", "Edita", Role.EDITOR)
        _row, key = tokens.issue_token(
            tx, accounts.actor_of(tx, user), "test", ["read", "download", "upload", "describe", "share"]
        )
    words = {"KEY": key, "ASSET": str(asset_id), "FILE": str(material.photo(tmp_path / "b.jpg", seed=9))}
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    ran = 0
    with serving(archive) as server:
        words["ADDRESS"] = server.address
        for place, (kind, text) in enumerate(blocks):
            if kind != "sh":
                continue
            done = subprocess.run(
                ["sh", "-eu", "-c", STRICT + text],
                env=os.environ | words,
                cwd=tmp_path,
                capture_output=True,
                check=False,
            )
            assert done.returncode == 0, (text, done.stdout, done.stderr)
            ran += 1
            answer = _json(done.stdout)
            for name in ("batch_id", "change_id", "collection_id", "link_id"):
                if isinstance(answer, dict) and name in answer:
                    words[name.removesuffix("_id").upper()] = str(answer[name])
            if place + 1 < len(blocks) and blocks[place + 1][0] == "json":
                _compare(json.loads(blocks[place + 1][1]), answer, text)
    assert ran >= 9
    assert (tmp_path / "2026-05-01_toluca_mitin_0001_sin-aprobar_web.jpg").is_file()
    assert (tmp_path / "package.zip").read_bytes()[:2] == b"PK"


def _json(out: bytes) -> object:
    try:
        return json.loads(out)
    except ValueError:
        return None


def _compare(told: object, real: object, where: str) -> None:
    """The same fields, all the way down; of lists the first entry."""
    if isinstance(told, dict) and isinstance(real, dict) and where != "counters":
        assert set(told) == set(real), where
        for name in told:
            _compare(told[name], real[name], name)
    elif isinstance(told, list) and isinstance(real, list) and told and real:
        _compare(told[0], real[0], where)
    elif told is not None and real is not None and where != "counters":
        assert type(told) is type(real), (where, told, real)
