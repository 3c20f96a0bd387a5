"""Many numbers as one value: found by index on both databases, whatever their number."""

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import StatementError

from dam.models import Asset
from dam.models.among import among
from dam.services.indexing import documents
from dam.services.indexing.rows import DatabaseRows
from dam.services.showing import contact_sheet
from tests.services.finding_material import add_asset, drain


def test_a_list_chooses_what_it_names(archive):
    made = [add_asset(archive) for _ in range(5)]
    query = select(Asset.id).where(among(Asset.id)).order_by(Asset.id)
    with archive.reading() as tx:
        for wanted in ([], made[1:2], made[1:4], {made[0], 999_999}, (one for one in made)):
            given = list(wanted)
            assert list(tx.scalars(query, {"ids": given})) == sorted(set(given) & set(made))
        with pytest.raises(StatementError, match="invalid literal for int"):
            tx.scalars(query, {"ids": ["1); DROP TABLE assets"]})


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "question",
    [
        contact_sheet._assets, contact_sheet._people, contact_sheet._storyboards, contact_sheet._sizes,
        documents._assets, documents._placements, documents._appearances, documents._names,
        documents._events, documents._attendance, documents._aliases, documents._offices,
        documents._officials,
    ],
)  # fmt: skip
def test_no_table_is_walked_through_for_it(archive, question):
    with archive.reading() as tx:
        connection = tx.connection()
        compiled = question().compile(connection.engine)
        values = tuple("[1, 2]" if name == "ids" else 1 for name in compiled.positiontup)
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)]
    assert [step for step in plan if step.startswith("SCAN") and "json_each" not in step] == []
    assert any(step.startswith("SEARCH") for step in plan)


@pytest.mark.sqlite
def test_a_phrase_is_sought_in_the_rows_that_can_hold_it_and_no_others(archive):
    made = [add_asset(archive, caption="obra salud") for _ in range(3)]
    drain(archive)
    asked = []

    @event.listens_for(archive.database.engine, "before_cursor_execute")
    def _note(connection, cursor, statement, values, context, many):
        asked.append((statement, values))

    with archive.reading() as tx:
        assert list(DatabaseRows(tx).holding(" obr salud ", made[:2])) == made[:2]
        statement, values = asked[-1]
        plan = [row[3] for row in tx.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert plan[0] == "SEARCH search_rows USING INTEGER PRIMARY KEY (rowid=?)"
