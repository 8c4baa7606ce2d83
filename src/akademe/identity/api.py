"""Routes of sign-in, of one's own account, and of people for admins."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from akademe.identity import errors, service
from akademe.identity.models import Role
from akademe.identity.schemas import (
    ForgotIn,
    LoginIn,
    LogoutIn,
    MemberIn,
    MembershipOut,
    Origin,
    ProfilePatch,
    RefreshIn,
    RegisterIn,
    ResetIn,
    SessionOut,
    TokensOut,
    UserFilter,
    UserIn,
    UserOut,
    UserPatch,
)
from akademe.kernel.errors import BadRequest, PreconditionFailed
from akademe.kernel.http import AnyCtx, IfMatch, PageArgs, Router, edit_etag, paged
from akademe.kernel.http.security import client_address
from akademe.kernel.pagination import Page

router = Router(tags=["identity"])
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_LOGIN_BODY = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": LoginIn.model_json_schema()} for kind in ("application/json", _FORMS[0])},
    }
}


def origin_of(request: Request) -> Origin:
    return Origin(client_address(request), request.headers.get("user-agent", ""))


async def _login_body(request: Request) -> LoginIn:
    """JSON, or the form that OAuth 2 clients send (RFC 6749, 4.3.2)."""
    sent: Any
    if request.headers.get("content-type", "").startswith(_FORMS):
        form = await request.form()
        sent = {name: value for name, value in form.items() if not isinstance(value, UploadFile)}
    else:
        try:
            sent = await request.json()
        except ValueError as error:
            raise BadRequest from error
    try:
        return LoginIn.model_validate(sent)
    except ValidationError as error:
        found = [item | {"loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        raise RequestValidationError(found) from error


OriginOf = Annotated[Origin, Depends(origin_of)]


async def _user_filter(
    q: Annotated[str, Query(max_length=200, description="Part of a name, an e-mail or a username")] = "",
    role: Role | None = None,
    status: Annotated[str | None, Query(pattern="^(active|inactive)$")] = None,
    organization_id: UUID | None = None,
) -> UserFilter:
    return UserFilter.model_validate({"q": q, "role": role, "status": status, "organization_id": organization_id})


FilterArgs = Annotated[UserFilter, Depends(_user_filter)]


@router.post(
    "/auth/register",
    access="public",
    limit="300/hour/ip",
    signs_in=True,
    status_code=201,
    summary="Make an account and sign in",
    errors=(errors.EmailTaken, errors.UsernameTaken, errors.WeakPassword, errors.RegistrationClosed),
)
async def register(ctx: AnyCtx, given: RegisterIn, origin: OriginOf) -> TokensOut:
    return await service.register(ctx, given, origin)


@router.post(
    "/auth/login",
    access="public",
    signs_in=True,
    summary="Sign in with JSON or an OAuth 2 form",
    errors=(errors.InvalidCredentials, errors.TooManyAttempts),
    openapi_extra=_LOGIN_BODY,
    response_model=TokensOut,
)
async def login(ctx: AnyCtx, given: Annotated[LoginIn, Depends(_login_body)], origin: OriginOf) -> Response:
    issued = await service.sign_in(ctx, given, origin)
    return Response(issued.model_dump_json(), media_type="application/json")


@router.post("/auth/logout", access="user", status_code=204, summary="Sign out")
async def logout(ctx: AnyCtx, given: Annotated[LogoutIn | None, Body()] = None) -> None:
    await service.sign_out(ctx, given.refresh_token if given else None)


@router.post(
    "/auth/refresh",
    access="public",
    signs_in=True,
    summary="Exchange a refresh token for new tokens",
    errors=(errors.InvalidToken, errors.TokenExpired, errors.SessionEnded, errors.RefreshTokenReused),
)
async def refresh(ctx: AnyCtx, given: RefreshIn) -> TokensOut:
    return await service.refresh(ctx, given.refresh_token)


@router.post(
    "/auth/forgot-password",
    access="public",
    limit="300/hour/ip",
    signs_in=True,
    status_code=202,
    summary="Have a reset link mailed",
)
async def forgot_password(ctx: AnyCtx, given: ForgotIn) -> dict[str, str]:
    await service.forget_password(ctx, given.email)
    return {"detail": "If there is an account with this address, a link is on its way."}


@router.post(
    "/auth/reset-password",
    access="public",
    limit="300/hour/ip",
    signs_in=True,
    status_code=204,
    summary="Set a new password by the mailed link",
    errors=(errors.InvalidResetToken, errors.WeakPassword),
)
async def reset_password(ctx: AnyCtx, given: ResetIn) -> None:
    await service.reset_password(ctx, given.token, given.password)


@router.get("/auth/me", access="user", summary="Your account")
async def me(ctx: AnyCtx, response: Response) -> UserOut:
    user = await service.get_me(ctx)
    response.headers["etag"] = edit_etag(user.version)
    return await service.user_out(ctx, user)


@router.put(
    "/auth/profile",
    access="user",
    summary="Change your account",
    errors=(errors.UsernameTaken, errors.WrongPassword, errors.WeakPassword, PreconditionFailed),
)
async def update_profile(ctx: AnyCtx, response: Response, patch: ProfilePatch, if_match: IfMatch) -> UserOut:
    user = await service.update_profile(ctx, patch, if_version=if_match)
    response.headers["etag"] = edit_etag(user.version)
    return await service.user_out(ctx, user)


@router.get("/auth/sessions", access="user", summary="Where you are signed in")
async def list_sessions(ctx: AnyCtx) -> list[SessionOut]:
    return await service.list_sessions(ctx)


@router.delete("/auth/sessions/{session_id}", access="user", status_code=204, summary="End one of your sign-ins")
async def revoke_session(ctx: AnyCtx, session_id: UUID) -> None:
    await service.revoke_session(ctx, session_id)


@router.get("/users", access="admin", summary="People")
async def list_users(
    ctx: AnyCtx, request: Request, response: Response, wanted: FilterArgs, page: Annotated[Page, PageArgs(50)]
) -> Sequence[UserOut]:
    return paged(request, response, await service.list_users(ctx, wanted, page))


@router.post(
    "/users",
    access="admin",
    status_code=201,
    summary="Make an account for somebody",
    errors=(errors.EmailTaken, errors.UsernameTaken, errors.WeakPassword),
)
async def create_user(ctx: AnyCtx, given: UserIn) -> UserOut:
    return await service.user_out(ctx, await service.create_user(ctx, given))


@router.get("/users/{user_id}", access="self", summary="One person")
async def get_user(ctx: AnyCtx, response: Response, user_id: UUID) -> UserOut:
    user = await service.get_user(ctx, user_id)
    response.headers["etag"] = edit_etag(user.version)
    return await service.user_out(ctx, user)


@router.put(
    "/users/{user_id}",
    access="admin",
    summary="Change a person's account or role",
    errors=(errors.EmailTaken, errors.UsernameTaken, errors.LastAdmin, errors.WeakPassword, PreconditionFailed),
)
async def update_user(ctx: AnyCtx, response: Response, user_id: UUID, patch: UserPatch, if_match: IfMatch) -> UserOut:
    user = await service.update_user(ctx, user_id, patch, if_version=if_match)
    response.headers["etag"] = edit_etag(user.version)
    return await service.user_out(ctx, user)


@router.delete(
    "/users/{user_id}", access="admin", status_code=204, summary="Delete an account", errors=(errors.LastAdmin,)
)
async def delete_user(ctx: AnyCtx, user_id: UUID) -> None:
    await service.delete_user(ctx, user_id)


@router.get("/organizations/{organization_id}/users", access="admin", summary="People of an organisation")
async def list_members(
    ctx: AnyCtx,
    request: Request,
    response: Response,
    organization_id: UUID,
    wanted: FilterArgs,
    page: Annotated[Page, PageArgs(50)],
) -> Sequence[UserOut]:
    return paged(request, response, await service.list_members(ctx, organization_id, wanted, page))


@router.post(
    "/organizations/{organization_id}/users",
    access="admin",
    status_code=201,
    summary="Add a person to an organisation",
    errors=(errors.AlreadyMember, errors.EmailTaken, errors.UsernameTaken, errors.WeakPassword),
)
async def add_member(ctx: AnyCtx, organization_id: UUID, given: MemberIn) -> UserOut:
    return await service.add_member(ctx, organization_id, given)


@router.get("/auth/memberships", access="user", summary="The organisations one belongs to")
async def list_memberships(ctx: AnyCtx) -> list[MembershipOut]:
    return await service.list_memberships(ctx)


@router.delete(
    "/auth/memberships/{organization_id}",
    access="user",
    status_code=204,
    summary="Leave an organisation",
    errors=(errors.HomeOrganization, errors.LastAdmin),
)
async def leave_organization(ctx: AnyCtx, organization_id: UUID) -> None:
    await service.leave_organization(ctx, organization_id)
