"""Courses and questions from and to other systems: the native folder format, OLX, GIFT.

Every format is read into one neutral course tree with a loss report that names each element of the source; one service
writes a tree into the database through the services of catalog, assessment and files, and reads it back for export.
Importing again updates what the source changed and keeps what was edited here since.

Tables: imported_elements (what each element looked like when it was last imported).
Events: none of its own; the job ImportCourse.
Stands on: kernel, orgs, identity, files, catalog, learning, assessment.
"""
