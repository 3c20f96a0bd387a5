"""What comes before and after an asset in the search it was opened from."""

from dam.archive import Archive
from dam.services import finding
from dam.services.access import Actor
from dam.services.finding import Query

REACH = 2000  # results looked through; further down the page opens without arrows


def neighbours(archive: Archive, actor: Actor, query: Query, asset_id: int) -> tuple[int | None, int | None]:
    """The ids before and after; None at an end, both None when the asset is not among the first results."""
    ids = finding.all_ids(archive, actor, query, limit=REACH)
    if asset_id not in ids:
        return None, None
    here = ids.index(asset_id)
    return (ids[here - 1] if here else None), (ids[here + 1] if here + 1 < len(ids) else None)
