"""What lies beside the files of a zip: a table of captions for programs, a text with credits for people."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dam.errors import DamError
from dam.media.embed import Caption
from dam.services.spreadsheets.writing import as_text

HEADLINE, CAPTION, BYLINE, CREDIT, TERMS = 1, 2, 8, 9, 11  # places in a row


@dataclass(frozen=True)
class Wording:
    """What the note and the table say, in the reader's language."""

    readme: str = "README.txt"
    table: str = "captions.csv"
    taken: str = "Files in this package: {count}"
    terms: str = "Publish each file with the credit that the table of captions names."
    left_out: str = "Not included: {count}"
    left_out_line: str = "Material {number}: {reason}"
    file_missing: str = "The file is missing from the archive. Tell the administrator."
    not_in_time: str = "This version was not ready in time. Take it by itself later."
    credit: str = "Credit: {credit}"
    columns: tuple[str, ...] = (
        "file", "headline", "caption", "persons", "event", "taken", "municipality", "state",
        "byline", "credit", "copyright", "usage_terms", "keywords", "material",
    )  # fmt: skip
    sentence: Callable[[DamError], str] = str


def row(asset_id: int, caption: Caption) -> tuple[str, ...]:
    """A line of the table, without the file's name, which comes first."""
    told = (
        caption.headline, caption.caption, "; ".join(caption.persons), caption.event,
        (caption.created_at or "")[:16].replace("T", " "), caption.city, caption.state, caption.byline,
        caption.credit, caption.copyright, caption.usage_terms, "; ".join(caption.keywords),
    )  # fmt: skip
    return (*(text or "" for text in told), str(asset_id))


def table(words: Wording, rows: Sequence[Sequence[str]]) -> str:
    """CSV with a byte-order mark, so that spreadsheets read the accents."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(words.columns)
    writer.writerows([[as_text(value) for value in one] for one in rows])
    return "\ufeff" + text.getvalue()


def note(words: Wording, rows: Sequence[Sequence[str]], left: Sequence[tuple[int, str | None]]) -> str:
    """How many, what is asked of whoever publishes, what is missing and why, and each file with its caption
    and credit."""
    lines = [words.taken.format(count=len(rows)), words.terms]
    if left:
        lines += ["", words.left_out.format(count=len(left))]
        lines += [words.left_out_line.format(number=number, reason=reason) for number, reason in left]
    for one in rows:
        told = [text for text in (one[HEADLINE], one[CAPTION], one[TERMS]) if text]
        credit = " / ".join(dict.fromkeys(text for text in (one[BYLINE], one[CREDIT]) if text))
        lines += ["", one[0], *told, *([words.credit.format(credit=credit)] if credit else [])]
    return "\r\n".join(lines) + "\r\n"
