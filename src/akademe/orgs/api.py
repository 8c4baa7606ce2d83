"""Routes of organisations. Their people's routes are in identity."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from akademe.kernel.errors import PreconditionFailed
from akademe.kernel.http import AnyCtx, IfMatch, PageArgs, Router, edit_etag, paged
from akademe.kernel.pagination import Page
from akademe.orgs import errors, service
from akademe.orgs.schemas import OrganizationIn, OrganizationOut, OrganizationPatch

router = Router(tags=["organizations"])
_TAKEN = (errors.SlugTaken, errors.DomainTaken)


@router.get("/organizations", access="admin", summary="Organisations you administer")
async def list_organizations(
    ctx: AnyCtx, request: Request, response: Response, page: Annotated[Page, PageArgs(50)]
) -> Sequence[OrganizationOut]:
    return paged(request, response, await service.list_organizations(ctx, page))


@router.post(
    "/organizations", access="platform admin", status_code=201, summary="Create an organisation", errors=_TAKEN
)
async def create_organization(ctx: AnyCtx, given: OrganizationIn) -> OrganizationOut:
    return service.organization_out(ctx, await service.create_organization(ctx, given))


@router.get("/organizations/{organization_id}", access="user", summary="One organisation")
async def get_organization(ctx: AnyCtx, response: Response, organization_id: UUID) -> OrganizationOut:
    organization = await service.get_organization(ctx, organization_id)
    response.headers["etag"] = edit_etag(organization.version)
    return service.organization_out(ctx, organization)


@router.put(
    "/organizations/{organization_id}",
    access="admin",
    summary="Change an organisation",
    errors=(*_TAKEN, errors.DefaultOrganizationKept, PreconditionFailed),
)
async def update_organization(
    ctx: AnyCtx, response: Response, organization_id: UUID, patch: OrganizationPatch, if_match: IfMatch
) -> OrganizationOut:
    organization = await service.update_organization(ctx, organization_id, patch, if_version=if_match)
    response.headers["etag"] = edit_etag(organization.version)
    return service.organization_out(ctx, organization)


@router.delete(
    "/organizations/{organization_id}",
    access="platform admin",
    status_code=204,
    summary="Delete an organisation",
    errors=(errors.DefaultOrganizationKept,),
)
async def delete_organization(ctx: AnyCtx, organization_id: UUID) -> None:
    await service.delete_organization(ctx, organization_id)
