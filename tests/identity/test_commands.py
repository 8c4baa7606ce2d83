"""`akademe user ...` on a database of its own."""

import pytest
from typer.testing import CliRunner

from akademe.identity.commands import commands
from akademe.kernel.errors import AppError

EMAIL = ["--email", "boss@example.org"]
PASSWORD = ["--password", "a long and strange sentence"]


@pytest.fixture
def run(settings):
    def invoke(*args):
        result = CliRunner().invoke(commands, list(args))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


def test_people_from_the_command_line(run):
    names = ["--first-name", "Bo", "--last-name", "Boss"]
    made = run("create", *EMAIL, *PASSWORD, "--role", "admin", *names, "--platform-admin")
    assert "boss@example.org" in made.output
    listed = run("list").output
    assert "Bo Boss" in listed
    assert "platform admin" in listed
    run("set-role", *EMAIL, "--role", "instructor")
    assert "instructor" in run("list", "--organization", "default").output
    run("set-password", *EMAIL, "--password", "another long and strange one")


def test_what_cannot_be_is_one_sentence(run):
    run("create", *EMAIL, *PASSWORD)
    with pytest.raises(AppError, match="already an account"):
        run("create", *EMAIL, *PASSWORD)
    with pytest.raises(AppError, match="easy to guess|common"):
        run("create", "--email", "b@example.org", "--password", "password")
    with pytest.raises(AppError, match="nobody"):
        run("set-role", "--email", "nobody@example.org", "--role", "admin")
    with pytest.raises(AppError, match="short name"):
        run("list", "--organization", "nowhere")
    assert run("create", *EMAIL, *PASSWORD, "--role", "emperor").exit_code == 2
