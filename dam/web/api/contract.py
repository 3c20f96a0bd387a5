"""The contract with programs: one object that checks what comes in and describes it as OpenAPI."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from spectree import SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from dam.errors import Invalid
from dam.web.api.shapes import Refusal

View = Callable[..., Any]
Shape = TypeVar("Shape", bound=BaseModel)

VERSION = "1.0"
BODY = 1024 * 1024  # bytes of one request; files travel by tus
BEARER = SecuritySchemeData(type=SecureType.HTTP, scheme="bearer")
BY_KEY = [{"key": []}]


def _refuse(_request: Any, _answer: Any, error: Any, _instance: Any, _adapter: Any) -> None:
    """What does not fit is refused as every refusal is, naming each field."""
    if error is not None:
        raise _misfit(error)


def _misfit(error: ValidationError) -> Invalid:
    fields = [
        {"field": ".".join(str(part) for part in one["loc"]), "problem": one["msg"]}
        for one in error.errors()[:20]
    ]
    named = ", ".join(one["field"] or "?" for one in fields)
    return Invalid("The request does not fit: %(named)s.", named=named[:200], fields=fields)


contract = SpecTree(
    "flask",
    before=_refuse,
    validation_error_status=400,
    validation_error_model=Refusal,
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _parent, child: child,
    title="Archive",
    version=VERSION,
    description=(
        "Programs use the archive with a key that its owner makes under /cuenta: "
        "`Authorization: Bearer acervo_…`. A key can do what its owner can, within the scopes it was made "
        "for. Addresses in answers are paths on the same host and need the key too. Files are sent by tus "
        "to /tus/."
    ),
    mode="strict",
    page_templates={},
    security_schemes=[SecurityScheme(name="key", data=BEARER)],
    security=BY_KEY,
)


def described(**said: Any) -> Callable[[View], View]:
    """As ``contract.validate``, in the document only: for answers that stream, which nobody may read here."""

    def mark(view: View) -> View:
        @wraps(contract.validate(**said)(view))  # the document finds what it wraps
        def streaming(*given: Any, **named: Any) -> Any:
            return view(*given, **named)

        return streaming

    return mark


def read(shape: type[Shape]) -> Shape:
    """The request's JSON in that shape, for views that are only ``described``. Raises Invalid."""
    try:
        return shape.model_validate(request.get_json())
    except ValidationError as error:
        raise _misfit(error) from None


def check_body() -> None:
    """Bodies are small JSON. Raises UnsupportedMediaType, RequestEntityTooLarge, BadRequest."""
    if request.method not in ("POST", "PUT", "PATCH"):
        return
    request.max_content_length = BODY
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        request.get_json()
    except RecursionError:
        raise BadRequest from None
