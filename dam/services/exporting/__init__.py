"""Taking everything along: originals, what is known of them, and a table, in folders that any program reads;
and reading such a folder back (docs/export.md). ``choosing`` what, ``writing`` it, ``restoring`` it."""
