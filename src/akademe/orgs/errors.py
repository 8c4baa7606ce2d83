"""Refusals about organisations."""

from akademe.kernel.errors import Conflict


class SlugTaken(Conflict):
    message = "Another organisation has this short name. Choose a different one."


class DomainTaken(Conflict):
    message = "Another organisation already answers at this domain."


class DefaultOrganizationKept(Conflict):
    message = "The default organisation cannot be deleted or renamed."
