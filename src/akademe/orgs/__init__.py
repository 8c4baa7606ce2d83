"""Tenants: organisations, their settings, and which of them a host name belongs to. Knows no people.

There is always the default organisation (slug `default`), made at first use; single-school installations never see
another. A request belongs to the organisation whose `domain` is its host, else to the default one.

Tables: organizations.
Events: OrganizationCreated, OrganizationDeleted.
Stands on: kernel.
"""
