"""The index of what can be found: put, remove, query. It knows documents, not what they are.

A document says who finds it (`visibility`): "public" everyone of the organisation's audience, who may read it all;
"course" the same people, but its text is for those with a grant at the course; "members" those with a grant alone;
"staff" the course's staff; "none" nobody.

Tables: search_documents, search_trigrams, and on SQLite the FTS5 table search_fts.
Events: none; callers put and remove in the transaction of their own change.
Stands on: kernel, identity (grants).
"""
