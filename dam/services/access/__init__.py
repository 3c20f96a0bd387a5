"""Who may do what, when, and why not: the one predicate that every route, page, zip, feed and count asks.

``decide`` answers with a reason, ``can`` with yes or no, ``demand`` raises; ``visible`` and ``scope`` say the
reach again for a database query and for the search index. Roles are in ``actors``, whose eyes reach what in
``reach``, and **whether something may leave in ``release``: later rules belong there and nowhere else**.
"""

from dam.services.access.actors import (
    DESK,
    EVERYBODYS,
    HEADS,
    LOCAL_ADMINISTRATOR,
    OFFICE,
    ROLES_OF,
    SENDERS,
    TAKES,
    Action,
    Actor,
    is_local_administrator,
    outside,
)
from dam.services.access.deciding import Decision, can, decide, demand
from dam.services.access.reach import covers, knows_origins, scope, visible
from dam.services.access.release import Policy, hold_like, policy_of

__all__ = [
    "DESK",
    "EVERYBODYS",
    "HEADS",
    "LOCAL_ADMINISTRATOR",
    "OFFICE",
    "ROLES_OF",
    "SENDERS",
    "TAKES",
    "Action",
    "Actor",
    "Decision",
    "Policy",
    "can",
    "covers",
    "decide",
    "demand",
    "hold_like",
    "is_local_administrator",
    "knows_origins",
    "outside",
    "policy_of",
    "scope",
    "visible",
]
