"""Certificates: issued once, frozen, verified by anyone, revoked by staff."""

import asyncio
from collections import OrderedDict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from akademe.catalog.models import Course
from akademe.identity.models import User
from akademe.kernel.auth import require
from akademe.kernel.config import settings
from akademe.kernel.ctx import Ctx
from akademe.kernel.db import Query, Row, as_uuid
from akademe.kernel.errors import NotFound
from akademe.kernel.pagination import Key, Page, Paged, paginate
from akademe.learning import errors, events
from akademe.learning.certificate import CertificateFields, render_certificate
from akademe.learning.models import Certificate, Enrolment
from akademe.learning.policy import can_revoke_certificate, can_see_certificate
from akademe.learning.rules.codes import new_code, normalised
from akademe.learning.rules.streaks import local_day
from akademe.learning.schemas import CertificateOut
from akademe.learning.service import facts
from akademe.orgs.models import Organization

KEPT_PDFS = 64
_pdfs: "OrderedDict[str, bytes]" = OrderedDict()
_BY_CODE = Query(
    select(
        Certificate.id,
        Certificate.code,
        Certificate.course_id,
        Certificate.course_title,
        Certificate.user_id,
        Certificate.organization_id,
        Certificate.full_name,
        Certificate.issuer,
        Certificate.locale,
        Certificate.time_zone,
        Certificate.issued_at,
        Certificate.revoked_at,
    ).where(Certificate.code == bindparam("code"))
)


async def issue_certificate(ctx: Ctx, enrolment_id: UUID) -> Certificate | None:
    """The certificate of a completed enrolment, made once; None where the course gives none."""
    enrolment = await ctx.get(Enrolment, enrolment_id)
    course = await ctx.get(Course, enrolment.course_id)
    if enrolment.completed_at is None or not course.gives_certificate:
        return None
    user = await ctx.get(User, enrolment.user_id)
    organization = await ctx.get(Organization, enrolment.organization_id)
    made = Certificate(
        code=new_code(),
        enrolment_id=enrolment.id,
        user_id=user.id,
        course_id=course.id,
        organization_id=organization.id,
        full_name=user.shown_name,
        course_title=course.title,
        issuer=organization.name,
        locale=user.locale,
        time_zone=user.time_zone,
        completed_at=enrolment.completed_at,
        issued_at=ctx.now,
        created_at=ctx.now,
    )
    certificate, created = await ctx.insert_or_get(made, enrolment_id=enrolment.id)
    if created:
        ctx.record(_fact(events.CertificateIssued, certificate))
    return certificate


def _fact(kind: type[Any], certificate: Certificate) -> Any:
    return kind(
        organization_id=certificate.organization_id,
        course_id=certificate.course_id,
        user_id=certificate.user_id,
        enrolment_id=certificate.enrolment_id,
        certificate_id=certificate.id,
    )


async def list_certificates(ctx: Ctx, page: Page) -> Paged[CertificateOut]:
    """One's own, newest first."""
    wanted = select(Certificate).where(Certificate.user_id == ctx.actor.user_id)
    found = await paginate(ctx, wanted, [Key(Certificate.issued_at, descending=True), Key(Certificate.id)], page)
    return Paged([certificate_out(ctx, _columns(item)) for item in found.items], found.next_cursor, found.total)


async def certificate_of(ctx: Ctx, user_id: UUID, course_id: UUID) -> CertificateOut | None:
    """A person's latest of a course, for who may see whose it is: the person, course staff, admins."""
    mine = select(Certificate).where(Certificate.user_id == user_id, Certificate.course_id == course_id)
    found = await ctx.db.scalar(mine.order_by(Certificate.issued_at.desc()).limit(1))
    if found is None:
        return None
    tenant = found.organization_id
    require(can_see_certificate(ctx.actor, user_id=user_id, course_id=course_id, organization_id=tenant))
    return certificate_out(ctx, _columns(found))


async def get_certificate(ctx: Ctx, code: str) -> CertificateOut:
    """What anyone who has the code may know. Raises NotFound."""
    return certificate_out(ctx, await _by_code(code))


async def _by_code(code: str) -> Row:
    meant = normalised(code)
    row = await _BY_CODE.first(code=meant) if meant else None
    if row is None:
        raise NotFound
    return row


def _columns(certificate: Certificate) -> Row:
    return {column.name: getattr(certificate, column.name) for column in Certificate.__table__.columns}


def verify_url(code: str) -> str:
    return f"{settings().public_url.rstrip('/')}/certificates/{code}"


def certificate_out(ctx: Ctx, row: Row) -> CertificateOut:
    tenant, course_id, user_id = (as_uuid(row[name]) for name in ("organization_id", "course_id", "user_id"))
    may_see = can_see_certificate(ctx.actor, user_id=user_id, course_id=course_id, organization_id=tenant)
    return CertificateOut(
        id=row["id"],
        code=row["code"],
        course_id=course_id,
        course_title=row["course_title"],
        user_id=user_id if may_see else None,
        full_name=row["full_name"],
        issuer=row["issuer"],
        issued_at=row["issued_at"],
        issued_on=_issued_on(row),
        revoked_at=row["revoked_at"],
        is_valid=row["revoked_at"] is None,
        verify_url=verify_url(row["code"]),
        pdf_url=f"{settings().public_url.rstrip('/')}/api/v1/certificates/{row['code']}.pdf",
    )


async def certificate_pdf(code: str) -> tuple[str, bytes]:
    """The code as issued and the document, rendered in a thread (it takes a processor for a while) and kept.

    Raises NotFound, RevokedCertificate.
    """
    row = await _by_code(code)
    if row["revoked_at"] is not None:
        raise errors.RevokedCertificate
    kept = _pdfs.get(row["code"])
    if kept is None:
        kept = _pdfs[row["code"]] = await asyncio.to_thread(render_certificate, _fields(row))
        if len(_pdfs) > KEPT_PDFS:
            _pdfs.popitem(last=False)
    return row["code"], kept


def _issued_on(row: Row) -> date:
    """The day that it says: of its holder's calendar when it was issued."""
    issued_at = facts.as_time(row["issued_at"])
    assert issued_at is not None
    return local_day(issued_at, row["time_zone"])


def _fields(row: Row) -> CertificateFields:
    return CertificateFields(
        full_name=row["full_name"],
        course_title=row["course_title"],
        organization=row["issuer"],
        code=row["code"],
        verify_url=verify_url(row["code"]),
        issued_on=_issued_on(row),
        language=row["locale"].split("-")[0],
    )


async def revoke_certificate(ctx: Ctx, code: str, reason: str) -> CertificateOut:
    """Take a certificate back; whoever verifies it sees that. Doing it again keeps the first reason."""
    certificate = await ctx.db.scalar(select(Certificate).where(Certificate.code == normalised(code)))
    if certificate is None:
        raise NotFound
    require(can_revoke_certificate(ctx.actor, certificate))
    if certificate.revoked_at is None:
        certificate.revoked_at, certificate.revoked_by = ctx.now, ctx.actor.user_id
        certificate.revoked_reason = reason
        ctx.record(_fact(events.CertificateRevoked, certificate))
    return certificate_out(ctx, _columns(certificate))
