"""What the interface says of itself, and to whom it speaks."""

from flask import Blueprint, Response, jsonify
from spectree import Response as Answers

from dam.services.access import Action, can
from dam.web.api.contract import BY_KEY, contract
from dam.web.api.shapes import Me, Refusal
from dam.web.doors import api_door, public
from dam.web.session import current_actor


def open_in(bp: Blueprint) -> None:
    bp.get("/openapi.json")(openapi)
    bp.get("/me")(me)


@public
def openapi() -> Response:
    """The OpenAPI document. Holds nothing that is in the archive."""
    answer = jsonify(contract.spec)
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@api_door(Action.USE_API)
@contract.validate(
    resp=Answers(HTTP_200=Me, HTTP_401=Refusal), security=BY_KEY, tags=["key"], operation_id="me"
)
def me() -> Me:
    """Whom the key stands for, and what it may do."""
    actor = current_actor()
    actions = [str(action) for action in Action if can(actor, action)]
    return Me(name=actor.name, role=str(actor.role), actions=actions)
