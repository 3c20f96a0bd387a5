"""What the documents say is what the program does."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from dam.cli.main import main
from dam.cli.reference import reference
from dam.settings import ROOT, Settings

DOCS = ROOT / "docs"
DERIVED = {"data_dir", "database_url", "redis_url"}  # their defaults depend on other settings
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


def described() -> dict[str, str]:
    """Variable → its documented default."""
    rows = re.findall(r"^\| (`DAM_.*?) \| (.*?) \|", (DOCS / "settings.md").read_text(), re.M)
    return {name: default for names, default in rows for name in re.findall(r"DAM_\w+", names)}


def test_every_setting_is_documented_with_its_default():
    documented = described()
    for field in fields(Settings):
        variable = f"DAM_{field.name.upper()}"
        assert variable in documented, f"docs/settings.md does not describe {variable}"
        if field.name not in DERIVED and field.default not in (None, "", MISSING):
            assert documented[variable] == f"`{field.default}`" or field.name == "public_url"


def test_no_setting_is_documented_that_is_not_read():
    read = {f"DAM_{field.name.upper()}" for field in fields(Settings)}
    assert set(described()) - read == {
        "DAM_CORPUS",
        "DAM_GEO",
        "DAM_TEST_DATABASE",
        "DAM_TEST_PROCESSES",
    }


def test_the_page_of_commands_is_what_the_commands_say_of_themselves():
    assert (DOCS / "commands.md").read_text() == reference(main), "run script/reference"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path):
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(#[^)]*)?\)", page.read_text()):
        found = page.parent / target if target else page
        assert found.exists(), f"{page.name} links to {target}"
        if anchor and found.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", found.read_text(), re.M)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor[1:] in slugs, f"{page.name} links to {target}{anchor}"
