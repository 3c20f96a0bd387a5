"""Spanish is the first language: every sentence of the interface is in its catalogue, with its blanks."""

import re
import subprocess
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from dam.settings import ROOT
from dam.web.language import TRANSLATIONS

SPANISH = TRANSLATIONS / "es_MX" / "LC_MESSAGES" / "messages.po"
BLANK = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@pytest.fixture(scope="module")
def sentences() -> list[Message]:
    """Every sentence of the code and the templates."""
    command = [str(ROOT / "script" / "translate"), "--template"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    return [message for message in read_po(BytesIO(done.stdout)) if message.id]


@pytest.fixture(scope="module")
def spanish() -> Catalog:
    if not SPANISH.exists():
        pytest.skip("there is no Spanish catalogue yet")
    with SPANISH.open("rb") as file:
        return read_po(file, locale="es_MX")


def test_lazy_sentences_refusals_and_templates_are_all_collected(sentences: list[Message]) -> None:
    ids = {message.id for message in sentences}
    assert "Photography" in ids  # words.py, lazy
    assert "There is no user %(login)s." in ids  # services, a refusal
    assert "To the content" in ids  # base.html


def test_every_sentence_is_in_spanish(sentences: list[Message], spanish: Catalog) -> None:
    missing = [message.id for message in sentences if not _said(spanish.get(message.id, message.context))]
    assert missing == []


def _said(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def test_a_translation_keeps_the_blanks(spanish: Catalog) -> None:
    wrong = []
    for message in spanish:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = {blank for text in ids for blank in BLANK.findall(text)}
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in said:
            if message.id and text and not set(BLANK.findall(text)) <= wanted:
                wrong.append(text)
        if message.id and _said(message) and not any(set(BLANK.findall(text)) == wanted for text in said):
            wrong.append(str(message.id))
    assert wrong == []
