"""Hands: what a file says and shows. Knows nothing of databases, queues, or the web."""
