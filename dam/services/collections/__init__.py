"""Collections: an ordered selection made for a purpose, to look at, download, share or feed."""

from dam.services.collections.editing import (
    MOST,
    add,
    create,
    delete,
    edit,
    move,
    note,
    remove,
    set_cover,
    share,
)
from dam.services.collections.holding import (
    Held,
    as_maker,
    asset_ids,
    count_of,
    covers,
    holds,
    items,
    query_of,
)
from dam.services.collections.reading import get, get_to_edit, listed, may_edit, may_see, mine_to_edit, owns
from dam.services.collections.undoing import undo

__all__ = [
    "MOST",
    "Held",
    "add",
    "as_maker",
    "asset_ids",
    "count_of",
    "covers",
    "create",
    "delete",
    "edit",
    "get",
    "get_to_edit",
    "holds",
    "items",
    "listed",
    "may_edit",
    "may_see",
    "mine_to_edit",
    "move",
    "note",
    "owns",
    "query_of",
    "remove",
    "set_cover",
    "share",
    "undo",
]
