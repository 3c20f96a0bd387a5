"""Alphabets that nobody named."""

import pytest

from dam.media import charsets, iim

TEXTS = (
    "La líder saluda en Tultitlán", "María", "Ñandú", "José Peña – 2019", "Pingüino", "¿Quién es? ¡Él!",
    "Mitin en Nezahualcóyotl: “ya basta”, dijo", "NEZAHUALCÓYOTL", "Muñoz",
    "José", "Andrés y José", "Moisés, Tomás", "Así fue", "l’eau d’été",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("alphabet", ["utf-8", "cp1252", "mac_roman"])
def test_accents_come_through_whatever_wrote_them(text: str, alphabet: str) -> None:
    assert charsets.decode(text.encode(alphabet)) == text


def block(*sets: tuple[int, int, bytes]) -> bytes:
    return b"".join(bytes((0x1C, r, d)) + len(v).to_bytes(2, "big") + v for r, d, v in sets)


def test_all_texts_of_one_block_have_one_alphabet() -> None:
    """Alone, the city could be either; the caption beside it decides."""
    said = iim.read(
        block((2, 90, "Cuautitlán".encode("mac_roman")), (2, 120, "Así, José".encode("mac_roman")))
    )
    assert (said["city"], said["caption"]) == ("Cuautitlán", "Así, José")


def test_a_mark_of_utf8_that_the_bytes_contradict_is_not_believed() -> None:
    assert iim.read(block((1, 90, b"\x1b%G"), (2, 90, "Cuautitlán".encode("cp1252"))))["city"] == "Cuautitlán"


def test_a_text_cut_inside_a_letter_is_still_utf8() -> None:
    whole = "Tultitlán, Cuautitlán, Zumpango".encode()
    assert charsets.detect([whole, "Ecatepec á".encode()[:-1]]) == "utf-8"
