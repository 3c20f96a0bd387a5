"""Finding: a query, its pages, its counts, and what is offered while one types."""

from dam.search.index import Order, Tier
from dam.search.typed import Field, Note, Remark
from dam.services.finding.counting import Count, Counts, counts
from dam.services.finding.labelling import labels
from dam.services.finding.paging import Hit, Page, all_ids, find
from dam.services.finding.query import Filters, Query, from_args, to_args
from dam.services.finding.spelling import Spelling, spell
from dam.services.finding.suggesting import Suggestion, suggest

__all__ = [
    "Count",
    "Counts",
    "Field",
    "Filters",
    "Hit",
    "Note",
    "Order",
    "Page",
    "Query",
    "Remark",
    "Spelling",
    "Suggestion",
    "Tier",
    "all_ids",
    "counts",
    "find",
    "from_args",
    "labels",
    "spell",
    "suggest",
    "to_args",
]
