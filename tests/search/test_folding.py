"""The one normaliser: what counts as the same word."""

import pytest

from dam.search.folding import fold, stem, tokens


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Óscar", "oscar"),
        ("Nezahualcóyotl", "nezahualcoyotl"),
        ("  Peña \t NIETO\n", "pena nieto"),
        ("PIN\u0303A", "pina"),  # ñ as n and a mark
        ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
        ("ﬁesta №2", "fiesta no2"),
        ("Łódź Øre Æsop straße", "lodz ore aesop strasse"),
        ("a\x00b\x1bc\u200bd\u202ee", "a b cde"),
        ("\ud800x", "x"),
        ("", ""),
        ("日本", "日本"),
    ],
)
def test_accents_case_and_spaces_do_not_count(written, folded):
    assert fold(written) == folded
    assert fold(folded) == folded


@pytest.mark.parametrize(
    "family",
    [
        "inauguración inauguraciones INAUGURACION",
        "diputado diputada diputados diputadas",
        "regidor regidora regidores regidoras",
        "presidente presidenta presidentes presidentas",
        "alcalde alcaldesa alcaldes alcaldesas",
        "niño niña niños niñas",
        "líder líderes lideresa lideresas",
        "juez jueces",
        "luz luces",
        "índice índices",
        "avance avances",
        "francés franceses francesa",
        "mitin mítines",
        "joven jóvenes",
        "mujer mujeres",
        "país países",
        "ley leyes",
        "foto fotos",
        "día días",
        "spot spots",
        "capaz capaces",
    ],
)
def test_plural_and_gender_do_not_count(family):
    assert len({stem(token) for token in tokens(family)}) == 1, [stem(token) for token in tokens(family)]


@pytest.mark.parametrize(
    "words",
    [
        "año ano",
        "toluca tolucan",
        "metepec tepec",
        "2026 2025",
        "campo campaña",
        "ecatepec ecatzingo",
    ],
)
def test_different_words_stay_different(words):
    assert len({stem(token) for token in tokens(words)}) == 2


def test_words_are_letters_and_digits():
    assert tokens("DSC_0012.JPG, O'Higgins (a-b) ¿2026?") == [
        "dsc",
        "0012",
        "jpg",
        "o",
        "higgins",
        "a",
        "b",
        "2026",
    ]
    assert tokens("Niño AÑO") == ["niño", "año"]
    assert len(tokens("x" * 10_000)[0]) == 64
