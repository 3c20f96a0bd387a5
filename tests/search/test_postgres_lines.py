"""What PostgreSQL reads of a document, beside what it reads of the same written as text."""

from datetime import UTC, datetime

import psycopg
import pytest

from dam.search import postgres_lines
from dam.search.index import Occasion, SearchDocument, Traits
from dam.search.postgres_index import PostgresIndex
from tests.search.engine import document

ODD = "O'Brien \\ \t=e5"


@pytest.fixture
def stored(empty_database: str):
    """Puts documents into an index in which "salud" and "obra" are frequent; answers its rows."""
    index = PostgresIndex(empty_database)
    with index.rebuilding() as fresh:
        fresh.sample([document(1, "salud obra")])
    with psycopg.connect(empty_database.replace("+psycopg", ""), autocommit=True) as connection:

        def rows(*documents: SearchDocument, columns: str = "words") -> list[tuple]:
            index.put(documents)
            return connection.execute(
                f"SELECT {columns} FROM search_index.documents ORDER BY asset_id"
            ).fetchall()

        yield rows


def full() -> SearchDocument:
    return SearchDocument(
        asset_id=9000,
        taken_at=datetime(2024, 5, 17, 10, 30, 59),
        added_at=datetime(2024, 5, 18, tzinfo=UTC),
        occasion=Occasion(
            event_ids=(5, 6),
            municipality_key="15104",
            state_key="15",
            appears_ids=(1,),
            attended_ids=(1, 2),
            offices=("president municipal", "president municipal@15104"),
            texts={"officials": "Rosa Peña", "event": "Feria de la Salud", "when": "17 mayo 2024"},
        ),
        traits=Traits("photo", "approved", 3, ODD, "landscape", 4, "Nikon Z 8", {"byline": ODD}),
        texts={
            "name": "DSC_0042.JPG / peña24.jpg",
            "caption": "Rosa habla de salud, obra y SALUD; la niña Núñez. ¡Salud — obra!",
            "keywords": "obra / fería",
        },
        keywords=("obr", "feri"),
        stack_id=77,
        cover=False,
    )


def test_each_word_once_with_the_greatest_label_of_its_fields_and_each_tag_without(stored):
    ((words,),) = stored(full())
    labels = dict(part.strip("'").split("':") if ":" in part else (part, "") for part in _parts(words))
    assert {word: labels[word] for word in ("ros", "peñ", "pen", "feri", "salud", "obr", "habl", "nin")} == {
        "ros": "1A",  # an official, and in the caption
        "peñ": "1A",
        "pen": "1A",
        "feri": "1A",  # of the event's name and of a keyword
        "salud": "1A",
        "obr": "1B",  # of the caption and of a keyword
        "habl": "1B",
        "nin": "1B",
    }
    assert {word: labels[word] for word in ("dsc", "0042", "17", "peña24", "pena24")} == dict.fromkeys(
        ("dsc", "0042", "17", "peña24", "pena24"), "1"
    )
    assert not {"de", "la", "y"} & labels.keys()


def _parts(words: str) -> list[str]:
    return [part for part in words.split() if not part.startswith("'=")]


def test_tags_tell_what_it_has_and_what_it_lacks(stored):
    ((tags,),) = stored(full(), columns="array(SELECT unnest(tsvector_to_array(words)))")
    assert sorted(tag for tag in tags if tag.startswith("=")) == sorted([
        "=", "=#1", "=h", "=z77", "=e5", "=e6", "=D", "=m15104", "=s15", "=a1", "=t1", "=t2", "=o1", "=o2",
        "=fpresident municipal", "=fpresident municipal@15104", "=pphoto", "=rapproved", "=u3",
        "=bo'brien \\ =e5", "=xlandscape", "=g4", "=cnikon z 8", "=y2024", "=kobr", "=kferi",
        "=wobr salud", "=wsalud obr",
    ])  # fmt: skip
    ((tags,), _) = stored(document(8, ""), columns="array(SELECT unnest(tsvector_to_array(words)))")
    assert "".join(tags) == "==#0=A=B=C=D=E=F=G=K=M=O=Q=S=T=U=X=Z=pphoto=rreceived=y2026"


def test_it_is_as_postgresql_itself_would_read_it(stored):
    """In order, nothing twice, and whole: read from its own text it is the same."""
    documents = [full(), document(1, "salud " * 3000), document(2, "palabra " * 100 + "ñandú"), document(3)]
    assert stored(*documents, columns="words::text = words::text::tsvector::text") == [(True,)] * 4


def test_numbers_and_text(stored):
    ((row),) = stored(full(), columns="asset_id, taken, added, stack, text")
    assert row[:4] == (9000, 1715941859, 1715990400, -77)
    fields = row[4].strip().split(" | ")
    assert "ros habl de salud obr y salud la nin nunec salud obr" in fields
    assert "dsc 0042 jpg pena24 jpg" in fields and fields[-4:] == ["peñ", "peña24", "niñ", "nuñec"]


def test_what_was_forgotten_is_made_again(stored, monkeypatch):
    monkeypatch.setattr(postgres_lines, "REMEMBERED", 2)
    documents = [
        document(n, f"feria de la salud número {n}", keywords=("salud", f"k{n}")) for n in range(1, 9)
    ]
    rows = stored(*documents, columns="words @@ 'feri & salud & numer'::tsquery, text")
    assert rows == [(True, f" feri de la salud numer {n} ") for n in range(1, 9)]


def test_the_database_may_keep_another_encoding(empty_database: str, monkeypatch):
    """Lines are UTF-8, whatever a connection would speak by itself."""
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    index = PostgresIndex(empty_database)
    with index.rebuilding() as fresh:
        fresh.put([document(1, "ñandú")])
    index.put([document(2, "el ñandú")])
    with psycopg.connect(empty_database.replace("+psycopg", "")) as connection:
        found = connection.execute(
            "SELECT count(*) FROM search_index.documents WHERE words @@ 'ñandu & nandu'::tsquery"
        ).fetchone()
    assert found == (2,)
