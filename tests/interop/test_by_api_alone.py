"""The main job by HTTP alone, against the running program: a real course is imported, taken and certified.

And the same import with the server killed in the middle of it.
"""

import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from akademe.kernel.config import Settings
from akademe.kernel.db import schema
from tests.databases import BACKENDS
from tests.interop.answering import right_answer
from tests.load import servers
from tests.make import identity as people
from tests.make import interop as make

pytestmark = pytest.mark.skipif(not make.DEMO_COURSE.exists(), reason="the OLX corpus is not beside the project")
TEACHER, LEARNER = "teacher@example.org", "learner@example.org"


class Client:
    """What a script would write: JSON in and out, an assertion where something is refused."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=60)

    def call(self, method: str, path: str, **given: Any) -> Any:
        answer = self.http.request(method, path, **given)
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        return answer.json()

    def sign_in(self, email: str) -> None:
        tokens = self.call("POST", "/auth/login", json={"email": email, "password": people.PASSWORD})
        self.http.headers["authorization"] = f"Bearer {tokens['access_token']}"

    def upload(self, archive: Path) -> str:
        with archive.open("rb") as file:
            return str(self.call("POST", "/courses/import", files={"file": (archive.name, file)})["job"])

    def wait_for(self, job: str, enough: float = 1.0) -> dict[str, Any]:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.call("GET", f"/jobs/{job}")
            if found["status"] in ("done", "failed") or found["progress"] >= enough:
                return found
            time.sleep(0.02)
        raise TimeoutError(job)


@contextmanager
def _served(folder: Path, url: str, **env: str) -> Iterator[servers.Server]:
    """The program, with its temporary files where a test can look for them."""
    (folder / "temp").mkdir(exist_ok=True)
    with servers.akademe(folder, url, RATE_LIMITS="off", TMPDIR=str(folder / "temp"), **env) as server:
        yield server


def _hire(folder: Path, url: str) -> None:
    """The one thing that no route does: the first teacher."""
    command = [
        *(sys.executable, "-m", "akademe", "user", "create", "--email", TEACHER, "--role", "instructor"),
        *("--password", people.PASSWORD, "--first-name", "T", "--last-name", "T"),
    ]
    env = {"DATABASE_URL": url, "DATA_DIR": str(folder / "data"), "PATH": ""}
    subprocess.run(command, check=True, env=env, cwd=folder, stdout=subprocess.PIPE)


@pytest.fixture
async def url(backend: str, settings: Settings, tmp_path: Path) -> AsyncIterator[str]:
    """A migrated database without a row."""
    made = await BACKENDS[backend].empty(tmp_path)
    await schema.upgrade(made)
    yield made
    await BACKENDS[backend].drop(made)


async def test_a_real_course_from_import_to_certificate(url: str, tmp_path: Path) -> None:
    with _served(tmp_path, url) as server:
        _hire(tmp_path, url)
        teacher, learner, anybody = Client(server.url), Client(server.url), Client(server.url)
        teacher.sign_in(TEACHER)
        job = teacher.wait_for(teacher.upload(make.DEMO_COURSE))
        assert (job["status"], job["progress"]) == ("done", 1)
        course = f"/courses/{job['result']['course_id']}"
        teacher.call("PATCH", course, json={"status": "published"})

        learner.call(
            "POST", "/auth/register", json={"email": LEARNER, "password": people.PASSWORD, "full_name": "Ada Demo"}
        )
        learner.sign_in(LEARNER)
        learner.call("POST", f"{course}/enroll")
        for lesson in learner.call("GET", f"{course}/lessons"):
            _study(teacher, learner, lesson)
        me = learner.call("GET", "/auth/me")
        progress = learner.call("GET", f"/progress/{me['id']}{course}")
        assert progress["progress_percentage"] == 100
        certificate = _certificate(learner)
        public = anybody.call("GET", f"/certificates/{certificate['code']}")
        assert (public["full_name"], public["course_title"]) == ("Ada Demo", "Open edX Demo Course")
        assert public["revoked_at"] is None
        assert anybody.http.get(f"/certificates/{certificate['code']}.pdf").content.startswith(b"%PDF")
        assert list((tmp_path / "temp").glob("akademe-import-*")) == []


def _study(teacher: Client, learner: Client, lesson: dict[str, Any]) -> None:
    """Reads the lesson and every picture in it, completes it, and passes its quiz."""
    read = learner.call("GET", f"/contents/{lesson['id']}")
    assert read["content_html"]
    body = {"course_id": read["course_id"], "lesson_id": read["id"], "completed": True}
    learner.call("POST", "/progress/update", json=body)
    if read["quiz_id"] is None:
        return
    quiz = f"/assessments/{read['quiz_id']}"
    keys = {question["id"]: question for question in teacher.call("GET", f"{quiz}/questions")}
    attempt = learner.call("POST", f"{quiz}/attempts")
    assert all("correct_answer" not in question for question in attempt["questions"])
    answers = {question["id"]: right_answer(keys[question["id"]]) for question in attempt["questions"]}
    result = learner.call("POST", f"{quiz}/submit", json={"attempt_id": attempt["id"], "answers": answers})
    assert result["passed"] or any(one["question_type"] == "essay" for one in keys.values())


def _certificate(learner: Client) -> dict[str, Any]:
    """The one certificate, which a job issues within ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if found := learner.call("GET", "/certificates"):
            return dict(found[0])
        time.sleep(0.1)
    raise TimeoutError("no certificate")


async def test_an_import_whose_server_is_killed_is_done_once_and_leaves_nothing(url: str, tmp_path: Path) -> None:
    with _served(tmp_path, url, JOB_LEASE_SECONDS="2") as server:
        _hire(tmp_path, url)
        teacher = Client(server.url)
        teacher.sign_in(TEACHER)
        job = teacher.upload(make.DEMO_COURSE)
        assert 0.2 < teacher.wait_for(job, enough=0.3)["progress"] < 1, "it is killed while files are stored"
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    assert list((tmp_path / "temp").glob("akademe-import-*"))
    with _served(tmp_path, url, JOB_LEASE_SECONDS="2") as server:
        teacher = Client(server.url)
        teacher.sign_in(TEACHER)
        done = teacher.wait_for(job)
        assert done["status"] == "done", done
        assert [one["title"] for one in teacher.call("GET", "/courses?mine=true")] == ["Open edX Demo Course"]
        assert len(teacher.call("GET", f"/courses/{done['result']['course_id']}/lessons")) == 58
    assert list((tmp_path / "temp").glob("akademe-import-*")) == []
    assert [path for path in (tmp_path / "data" / "files" / "imports").rglob("*") if path.is_file()] == []
