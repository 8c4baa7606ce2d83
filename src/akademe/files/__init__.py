"""Uploads: what people attach to courses, lessons and posts. The type is judged by content, the size by quota.

A file belongs to an owner (a course, say); the domain that owns the kind registers who may read and write it.
Bytes lie in `kernel.storage` under keys without names; rows are written after them, so nothing points at nothing.

Tables: files, file_usages.
Events: FileDeleted, QuotaNearlyUsed.
Stands on: kernel, orgs, identity.
"""
