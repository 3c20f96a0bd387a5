"""Saying who and what is in the material, for programs."""

from typing import Any

from flask import Blueprint
from spectree import Response as Answers

from dam.services import describing
from dam.services.access import Action
from dam.services.describing import Description
from dam.web.api.contract import BY_KEY, contract
from dam.web.api.shapes import Changed, NewDescription, Refusal, Undone
from dam.web.doors import api_door
from dam.web.session import archive, current_actor

TAGS = ["describing"]
NEVER_EMPTY = ("event_id", "review", "minors")  # null says nothing of these


def open_in(bp: Blueprint) -> None:
    bp.post("/descriptions")(describe)
    bp.post("/changes/<int:change_id>/undo")(undo)


@api_door(Action.DESCRIBE)
@contract.validate(
    resp=Answers(HTTP_201=Changed, HTTP_403=Refusal, HTTP_404=Refusal),
    security=BY_KEY,
    tags=TAGS,
    operation_id="describe",
)
def describe(json: NewDescription) -> tuple[Changed, int]:
    """Describe all of ``asset_ids`` at once, or none of them."""
    said: dict[str, Any] = json.model_dump(exclude_unset=True, exclude={"asset_ids"})
    told = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in said.items()
        if not (value is None and name in NEVER_EMPTY)
    }
    with archive().transaction() as tx:
        change = describing.describe(tx, current_actor(), json.asset_ids, Description(**told))
        return Changed(change_id=change.id), 201


@api_door(Action.DESCRIBE)
@contract.validate(
    resp=Answers(HTTP_200=Undone, HTTP_404=Refusal, HTTP_409=Refusal),
    security=BY_KEY,
    tags=TAGS,
    operation_id="undo",
)
def undo(change_id: int) -> Undone:
    """Take a change back; what was edited since stays as it is."""
    with archive().transaction() as tx:
        undone = describing.undo(tx, current_actor(), change_id)
        return Undone(restored=len(undone.restored), kept=len(undone.kept))
