"""What every domain stands on: units of work, events and the outbox, jobs, errors, HTTP, storage, real-time.

The kernel knows no domain. Its one hook, `auth.set_authenticator`, is set by the processes.

Tables: events, jobs, idempotency_keys, usages.
Stands on: libraries only.
"""
