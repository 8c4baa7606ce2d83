"""Running the place: jobs that people wait for, and the demo school.

Settings, audit, backups, export and erasure of personal data stand here as they come.

Tables: none of its own.
Events: none.
Stands on: every domain below, through its services.
"""
