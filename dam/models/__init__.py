"""Tables only: what the archive remembers. Behaviour lives in dam.services."""

from dam.models.assets import (
    Appearance,
    Asset,
    AssetEvent,
    CaptureSource,
    Kind,
    MunicipalitySource,
    Original,
    OriginalRole,
    Processing,
    Rendition,
    Review,
)
from dam.models.delivery import Delivered, Delivery
from dam.models.events import Attendance, Event, EventKind
from dam.models.finding import IndexTicket, SearchRow, SearchState
from dam.models.ingest import IngestBatch, IngestItem, Outcome, Upload
from dam.models.people import (
    ApiToken,
    Office,
    OfficeKind,
    Official,
    OfficialAlias,
    OneTimeLink,
    Purpose,
    Role,
    Territory,
    User,
)
from dam.models.places import District, DistrictKind, DistrictMunicipality, Municipality, State
from dam.models.records import AuditEntry, AuditHead, Change

__all__ = [
    "ApiToken",
    "Appearance",
    "Asset",
    "AssetEvent",
    "Attendance",
    "AuditEntry",
    "AuditHead",
    "CaptureSource",
    "Change",
    "Delivered",
    "Delivery",
    "District",
    "DistrictKind",
    "DistrictMunicipality",
    "Event",
    "EventKind",
    "IndexTicket",
    "IngestBatch",
    "IngestItem",
    "Kind",
    "Municipality",
    "MunicipalitySource",
    "Office",
    "OfficeKind",
    "Official",
    "OfficialAlias",
    "OneTimeLink",
    "Original",
    "OriginalRole",
    "Outcome",
    "Processing",
    "Purpose",
    "Rendition",
    "Review",
    "Role",
    "SearchRow",
    "SearchState",
    "State",
    "Territory",
    "Upload",
    "User",
]
