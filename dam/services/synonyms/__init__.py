"""Ways of saying the same thing, kept by the administration: who searches for one finds the others."""

from dam.services.synonyms.keeping import add, change, groups, remove, restore
from dam.services.synonyms.meaning import Meaning, Meanings, meanings_of
from dam.services.synonyms.seeding import seed

__all__ = ["Meaning", "Meanings", "add", "change", "groups", "meanings_of", "remove", "restore", "seed"]
