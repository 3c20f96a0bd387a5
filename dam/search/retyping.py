"""What was typed, written in another way: some words in quotes, without them, or spelled better."""

import re
from collections.abc import Collection, Iterable, Mapping

from dam.search.folding import COMMON, fold, stem, tokens, without_tilde
from dam.search.typed import is_or, pieces_of


def as_written(text: str, words: Iterable[str]) -> str:
    """``text`` with the plain words of these stems in quotes, so that nothing is recognised in them."""
    stems, pieces = set(words), pieces_of(text)
    return " ".join(f'"{one.group()}"' if _means(one, stems) else one.group() for one in pieces)


def without(text: str, words: Iterable[str]) -> str:
    """``text`` without the plain words of these stems, and empty where only common words are left. An OR goes
    with what stood on one side of it."""
    stems, made, open_or, gone = set(words), [], None, False
    for piece in pieces_of(text):
        if is_or(piece):
            open_or = None if gone else piece.group()
        elif _means(piece, stems):
            open_or, gone = None, True
        elif fold(piece.group()) in COMMON:
            made.append(piece.group())
        else:
            made += [*filter(None, [open_or]), piece.group()]
            open_or, gone = None, False
    left = " ".join(made)
    return left if any(token not in COMMON for token in tokens(left)) else ""


def respelled(text: str, words: Mapping[str, str]) -> str:
    """``text`` with plain words, and those of fields (as typed but for accents and case) written as ``words``
    says."""
    made = []
    for piece in pieces_of(text):
        plain = piece["word"] is not None and not piece["minus"]
        before = f"{piece['field']}:" if piece["field"] else ""
        parts = piece["word"].split(",") if plain else []
        better = [_better(part, words) for part in parts]
        made.append(before + ",".join(better) if better != parts else piece.group())
    return " ".join(made)


def _better(word: str, words: Mapping[str, str]) -> str:
    found = [without_tilde(token) for token in tokens(word)]
    return words.get(found[0], word) if len(found) == 1 else word


def _means(piece: re.Match[str], stems: Collection[str]) -> bool:
    """Is it a plain word of one of the stems?"""
    plain = piece["word"] is not None and not piece["field"] and not piece["minus"]
    return plain and any(without_tilde(stem(token)) in stems for token in tokens(piece["word"]))
