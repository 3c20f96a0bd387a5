"""Pages of the catalogue: events, persons, municipalities, districts, and what typing ahead offers."""

from dam.web.catalogue import districts, events, example, officials, places, spreadsheets, suggestions

BLUEPRINTS = [suggestions.bp, events.bp, officials.bp, places.bp, districts.bp, spreadsheets.bp, example.bp]
