"""Facts about organisations."""

from uuid import UUID

from akademe.kernel.events import Event


class OrganizationCreated(Event):
    organization_id: UUID


class OrganizationDeleted(Event):
    organization_id: UUID
