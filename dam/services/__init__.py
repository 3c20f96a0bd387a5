"""The office's verbs: plain functions. ``tx`` first when only the database is touched, else ``archive``."""
