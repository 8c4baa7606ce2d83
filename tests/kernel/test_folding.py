"""Names are compared and sorted alike on both databases, whatever their letters."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, null, select

from akademe.kernel import db
from akademe.kernel.db import fold, folded

NAMES = {
    "Ångström": "angstrom",
    "ÉLODIE": "elodie",
    "Øystein": "oystein",
    "Łódź": "lodz",
    "Weiß": "weiss",
    "Æsir": "aesir",
    "İstanbul": "istanbul",
    "ΟΔΟΣ": "οδοσ",
    "Ёлка": "елка",
    "李雷": "李雷",
    "plain": "plain",
}


async def folds(texts: list[str]) -> list[str]:
    async with db.transaction() as session:
        return list((await session.execute(select(*[folded(literal(text)) for text in texts]))).one())


async def test_case_and_accents_do_not_count(database):
    assert await folds(list(NAMES)) == list(NAMES.values())
    assert [fold(name) for name in NAMES] == list(NAMES.values())


async def test_nothing_stays_nothing(database):
    async with db.transaction() as session:
        assert await session.scalar(select(folded(null()))) is None


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(min_codepoint=1, max_codepoint=0x24F)), min_size=1, max_size=20))
async def test_the_database_folds_as_the_program_does(database, texts):
    assert await folds(texts) == [fold(text) for text in texts]
