"""Refusals. Each message is a sentence that its reader can act on; faces turn the family into a status."""


class DamError(Exception):
    """Something was refused. ``code`` is stable (tests, API); the message is for the person.

    ``detail`` holds JSON-able facts that a face may show (candidates, limits, names). Messages may name them,
    ``Invalid("No municipality is called %(text)s.", text=text)``: ``template`` is what faces translate.
    """

    code = "error"

    def __init__(self, message: str, **detail: object) -> None:
        self.template = message
        self.detail = detail
        self.message = message % detail if "%(" in message else message
        super().__init__(self.message)


class NotFound(DamError):
    """There is no such thing, or the asker may not know that there is."""

    code = "not_found"


class Invalid(DamError):
    """What was given cannot be used as it is."""

    code = "invalid"


class Ambiguous(Invalid):
    """Several things fit. ``detail["candidates"]`` lists them as sentences."""

    code = "ambiguous"


class Conflict(DamError):
    """It would contradict what is already there."""

    code = "conflict"


class Forbidden(DamError):
    """This person may not do this."""

    code = "forbidden"


class NotReleased(Forbidden):
    """A rule of release stands against it: ``detail["rule"]`` names which."""

    code = "not_released"


class NotSignedIn(DamError):
    """Sign in first."""

    code = "not_signed_in"


class Unavailable(DamError):
    """A part the archive needs is missing or does not answer; trying later may help."""

    code = "unavailable"


class DoesNotFit(Unavailable):
    """This material does not come in that shape: too small, too long, silent. Trying again does not help."""

    code = "does_not_fit"


class StoreFull(Unavailable):
    """The disk or bucket has no room. Nothing was recorded as received."""

    code = "store_full"
