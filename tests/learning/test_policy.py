"""`can_*` and `visible_*` say the same."""

from sqlalchemy import select

from akademe.kernel.auth import Actor
from akademe.kernel.ctx import open_ctx
from akademe.learning.models import Enrolment
from akademe.learning.policy import can_see_progress, visible_enrolments
from tests.make import catalog, identity, learning, orgs


async def test_who_may_see_an_enrolment_finds_it(database):
    owner, ta = await identity.user("instructor"), await identity.user("ta")
    course, other = await catalog.course(owner), await catalog.course()
    learner, classmate = await identity.user(), await identity.user()
    elsewhere = await orgs.organization()
    for person in (learner, classmate):
        for one in (course, other):
            await learning.enrolment(person, one)
    await catalog.member(ta, course, "ta")
    people = [owner, ta, learner, classmate, await identity.user(), await identity.user("admin")]
    people += [await identity.platform_admin(), await identity.user("admin", organization_id=elsewhere.id)]
    counts = []
    for actor in [Actor(), *[await identity.actor(person) for person in people]]:
        async with open_ctx(actor) as ctx:
            everything = list(await ctx.db.scalars(select(Enrolment)))
            seen = set(await ctx.db.scalars(select(Enrolment.id).where(visible_enrolments(actor))))
        assert seen == {item.id for item in everything if can_see_progress(actor, item)}
        counts.append(len(seen))
    assert counts == [0, 2, 2, 2, 2, 0, 4, 4, 0]
