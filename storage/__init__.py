"""Bytes by key. Knows nothing of photos; imports nothing of ours."""

from storage.base import BlobStore, KeyExists, NotMounted, OutOfSpace, StoreError
from storage.local import LocalStore
from storage.memory import MemoryStore

__all__ = ["BlobStore", "KeyExists", "LocalStore", "MemoryStore", "NotMounted", "OutOfSpace", "StoreError"]
