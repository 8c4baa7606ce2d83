"""Building the demo school, once, through the services that everybody else uses."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

import typer
from sqlalchemy import func, select

from akademe.admin.demo.people import ADMIN, ASSISTANT, COLLEAGUE, LEARNERS, MAIN, OWNER, PASSWORD, STAFF, Learner
from akademe.admin.demo.school import School
from akademe.admin.demo.timeline import Happening, Kind, timeline
from akademe.catalog import service as catalog
from akademe.catalog.schemas import StaffIn
from akademe.identity import service as identity
from akademe.identity.models import Role, User
from akademe.identity.schemas import NewAccount
from akademe.interop import service as interop
from akademe.kernel import db
from akademe.kernel.ctx import system_ctx
from akademe.kernel.queue import Relay
from akademe.orgs import service as orgs
from akademe.orgs.schemas import OrganizationPatch

NAME = "Akademe Demo School"
FOLDERS = Path(__file__).parent / "courses"
COURSES = ("learning-that-lasts", "tidy-text-with-python", "thinking-in-data", "reading-research")
"""In this order: a course comes after the ones it requires."""
FOUNDED = timedelta(days=66)
Say = Callable[[str], None]


async def fill() -> None:
    """Fill an empty installation and print who may sign in; say so where it is not empty."""
    if await _is_empty():
        await build_demo(typer.echo)
    elif await _is_finished():
        typer.echo("The demo school is already here.")
    elif await _is_begun():
        typer.echo("The demo school was begun and not finished. Remove the data folder to start again.")
        return
    else:
        typer.echo("This installation already has people, so the demo school was not added.")
        return
    _print_sign_ins(typer.echo)


async def _is_empty() -> bool:
    async with system_ctx() as ctx:
        return not await ctx.db.scalar(select(func.count()).select_from(User))


async def _is_begun() -> bool:
    async with system_ctx() as ctx:
        return await identity.find_by_email(ctx, OWNER.email) is not None


async def _is_finished() -> bool:
    async with system_ctx() as ctx:
        return (await orgs.default_organization(ctx)).name == NAME


def _print_sign_ins(say: Say) -> None:
    say(f"\nSign in with the password {PASSWORD} as")
    for teacher in STAFF:
        say(f"  {teacher.email:<24} {teacher.note}")
    say(f"  {LEARNERS[0].email:<24} to {LEARNERS[-1].email}: learners, each with another history\n")


async def build_demo(say: Say, learners: Sequence[Learner] = LEARNERS) -> School:
    """People, courses and sixty days of work. The school gets its name last: by that one sees that it is whole."""
    school = School(db.clock())
    say("Building the demo school: people and courses ...")
    password_hash = await identity.hash_password(PASSWORD)
    await _hire(school, password_hash)
    for name in COURSES:
        await _publish(school, name)
    say("Sixty days of learning ...")
    await _live(school, learners, password_hash)
    async with system_ctx() as ctx:
        organization = await orgs.default_organization(ctx)
        await orgs.update_organization(ctx, organization.id, OrganizationPatch(name=NAME))
    return school


async def _hire(school: School, password_hash: str) -> None:
    with db.at(school.now - FOUNDED):
        async with system_ctx() as ctx:
            for teacher in STAFF:
                account = NewAccount(
                    email=teacher.email,
                    first_name=teacher.first_name,
                    last_name=teacher.last_name,
                    role=Role(teacher.role),
                    password_hash=password_hash,
                    is_platform_admin=teacher is ADMIN,
                )
                school.ids[teacher.email] = (await identity.create_user(ctx, account)).id


async def _publish(school: School, name: str) -> None:
    moment = school.now - FOUNDED + timedelta(days=4 if name == MAIN else 2)  # the main course leads the catalogue
    with db.at(moment - timedelta(days=1)):
        owner = await school.actor(OWNER.email)
        await interop.import_course(owner, FOLDERS / name, name, "native", _unseen)
    school.actors.clear()
    async with school.acting(OWNER.email, moment) as ctx:
        await catalog.publish_course(ctx, name)
        await catalog.add_staff(ctx, name, StaffIn(email=ASSISTANT.email, role="ta"))
        if name == MAIN:
            await catalog.add_staff(ctx, name, StaffIn(email=COLLEAGUE.email, role="instructor"))
        school.lessons[name] = await catalog.lessons_of(ctx, (await catalog.get_course(ctx, name)).id)


async def _unseen(_share: float) -> None:
    """The whole demo takes seconds: nobody watches the parts of one import."""


async def _live(school: School, learners: Sequence[Learner], password_hash: str) -> None:
    """Day by day; what each day asked for (certificates, messages) is done on the evening of that day."""
    relay = Relay()

    def day(happening: Happening) -> date:
        return happening.moment.date()

    for _, happenings in groupby(timeline(learners, school.now), key=day):
        moment = school.now
        for one in happenings:
            await _happen(school, one, password_hash)
            moment = one.moment
        with db.at(min(moment + timedelta(hours=3), school.now)):
            await relay.drain()
    await relay.drain()


async def _happen(school: School, one: Happening, password_hash: str) -> None:
    if one.study is None:
        await _join(school, one.learner, one.moment, password_hash)
        return
    does: dict[Kind, Callable[..., Awaitable[None]]] = {
        Kind.ENROL: school.enrol,
        Kind.STUDY: school.visit,
        Kind.LEAVE: school.leave,
    }
    await does[one.kind](one.learner, one.study, one.moment)


async def _join(school: School, learner: Learner, moment: datetime, password_hash: str) -> None:
    account = NewAccount(
        email=learner.email,
        first_name=learner.first_name,
        last_name=learner.last_name,
        password_hash=password_hash,
        locale=learner.locale,
        time_zone=learner.time_zone,
    )
    with db.at(moment):
        async with system_ctx() as ctx:
            school.ids[learner.email] = (await identity.create_user(ctx, account)).id
