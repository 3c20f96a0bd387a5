"""``dam synonyms``."""

import json

from tests.cli.test_catalogue_commands import dam  # noqa: F401


def test_synonyms_are_added_listed_changed_and_removed(dam):  # noqa: F811
    number = dam("synonyms", "add", "bodega", "galpón de granos").stdout.strip()
    dam("synonyms", "change", number, "bodega", "almacén")
    listed = json.loads(dam("synonyms", "list", "--json").stdout)
    assert {"id": int(number), "terms": ["bodega", "almacén"]} in listed
    assert "bodega = almacén" in dam("synonyms", "list").stdout
    assert dam("synonyms", "remove", number).stdout.strip() == "bodega = almacén"
