"""Delivery by mail: files by default, SMTP by URL, tried again when it fails (R8.5)."""

import asyncio
import shutil
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from akademe.identity.notices import PASSWORD_RESET
from akademe.kernel import db
from akademe.kernel.ctx import system_ctx
from akademe.kernel.notices import Manner, words
from akademe.kernel.queue import Job
from akademe.learning import notices
from akademe.notifications import service
from akademe.notifications.models import Notification
from akademe.notifications.rules import one_line, read_unsubscribe_token, unsubscribe_token
from tests.make import identity
from tests.web.reader import read_as


async def tell(user, title="Rivers", notice=notices.ENROLLED, **data):
    async with system_ctx() as ctx:
        await service.notify(ctx, notice, user.id, course_title=title, course_slug="rivers", **data)


@pytest.fixture
async def user(app, database, settings, jobs):
    """Somebody who was welcomed before the test begins."""
    made = await identity.user(first_name="Zoë", last_name="Bücher")
    await jobs()
    shutil.rmtree(settings.data_dir / "mail")
    return made


def letters(settings):
    found = sorted((settings.data_dir / "mail").glob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]


async def test_mail_is_a_file_by_default(user, client, settings, jobs):
    await tell(user, "Rivers & <lakes>")
    await jobs()
    (letter,) = letters(settings)
    assert letter["subject"] == "You are enrolled in Rivers & <lakes>"
    assert letter["to"].addresses[0].addr_spec == user.email
    assert letter["to"].addresses[0].display_name == "Zoë Bücher"
    assert letter["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    text = letter.get_body(("plain",)).get_content()
    html = letter.get_body(("html",)).get_content()
    assert "http://test/courses/rivers" in text
    assert "http://test/courses/rivers" in html
    assert "<lakes>" not in html
    await jobs()
    assert len(letters(settings)) == 1


async def test_one_click_unsubscribes_without_sign_in(user, client, settings, jobs):
    await tell(user)
    await jobs()
    url = letters(settings)[0]["list-unsubscribe"].strip("<>").removeprefix("http://test")
    assert (await client.post(url + "x")).status_code == 404
    assert (await client.post(url, data={"List-Unsubscribe": "One-Click"})).status_code == 204
    await tell(user)
    await jobs()
    assert len(letters(settings)) == 1


async def test_the_unsubscribe_link_opened_in_a_browser_asks_first(user, client, settings, jobs):
    await tell(user)
    await jobs()
    url = letters(settings)[0]["list-unsubscribe"].strip("<>").removeprefix("http://test")
    reader = await read_as(client)
    said = await reader.open(url)
    assert (reader.status, reader.path) == (200, "/unsubscribe")
    assert "“You are enrolled in a course”" in said
    await tell(user)
    await jobs()
    assert len(letters(settings)) == 2
    assert "You get no more e-mails of the kind" in await reader.send("/unsubscribe")
    assert not reader.has_form("/unsubscribe")
    await tell(user)
    await jobs()
    assert len(letters(settings)) == 2
    await reader.open(f"{url}x")
    assert reader.status == 404
    await reader.open("/unsubscribe")
    assert reader.status == 404


async def test_a_line_break_in_a_title_injects_no_header(user, client, settings, jobs):
    await tell(user, "Rivers\r\nBcc: everyone@example.org\r\n\r\nmore")
    await jobs()
    (letter,) = letters(settings)
    assert letter["bcc"] is None
    assert letter["subject"] == "You are enrolled in Rivers Bcc: everyone@example.org more"
    assert one_line("a\u2028b\x00c" + "d" * 500).startswith("a b c")


@pytest.mark.parametrize(
    ("address", "sent_to"),
    [
        ("zoë.örn@example.org", "zoë.örn@example.org"),
        ("learner@bücher.example", "learner@xn--bcher-kva.example"),
        ("o'neil+t@example.org", "o'neil+t@example.org"),
    ],
)
async def test_every_address_one_can_register_gets_mail(client, settings, jobs, server, address, sent_to):
    person = await identity.user(email=address, last_name='"Ö" <x@example.com>,')
    await jobs()
    (file,) = (settings.data_dir / "mail").glob("*.eml")
    assert f"<{sent_to}>".encode() in file.read_bytes()
    inbox = server()
    await tell(person)
    await jobs()
    assert inbox.recipients == [sent_to]


async def test_a_reset_link_lives_in_the_letter_alone(user, client, settings, jobs):
    await client.post("/api/v1/auth/forgot-password", json={"email": user.email})
    await jobs()
    (letter,) = letters(settings)
    text = letter.get_body(("plain",)).get_content()
    assert "http://test/reset-password?token=" in text
    assert letter["list-unsubscribe"] is None
    token = text.split("token=")[1].split()[0]
    async with system_ctx() as ctx:
        rows = [str(row.data) + row.body + row.link for row in await ctx.db.scalars(select(Notification))]
        jobs_rows = [str(row.payload) for row in await ctx.db.scalars(select(Job))]
    assert not [row for row in rows + jobs_rows if token in row]
    assert PASSWORD_RESET.urgent


def test_times_are_read_as_the_persons_clock():
    moment = datetime(2027, 7, 1, 12, 0, tzinfo=UTC)
    shown = words(
        notices.SEAT_OFFERED,
        {"course_title": "X", "course_slug": "x", "expires_at": moment},
        Manner("de-DE", "Europe/Berlin"),
    )
    assert "14:00" in shown.text
    assert "Juli" in shown.text
    odd = words(
        notices.SEAT_OFFERED,
        {"course_title": "X", "course_slug": "x", "expires_at": moment},
        Manner("xx-nonsense", "Nowhere/Land"),
    )
    assert "2027" in odd.text


def test_unsubscribe_tokens_cannot_be_made_up():
    from uuid import uuid4

    user_id = uuid4()
    token = unsubscribe_token("secret", user_id, "learning.enrolled")
    assert read_unsubscribe_token("secret", token) == (user_id, "learning.enrolled")
    assert read_unsubscribe_token("other", token) is None
    for odd in ("", "...", token.replace("enrolled", "course_updated"), "é" * 50):
        assert read_unsubscribe_token("secret", odd) is None


class Inbox:
    """What a server took; `answer` overrides the next answers."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.answers: list[str] = []
        self.senders: list[str] = []
        self.recipients: list[str] = []
        self.used_tls: list[bool] = []
        self.pause = 0.0

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.senders:
            return self.senders.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.answers and self.answers[0].startswith("550"):
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        self.recipients.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.pause:
            await asyncio.sleep(self.pause)
            return "451 Too late"
        if self.answers:
            return self.answers.pop(0)
        self.used_tls.append(session.ssl is not None)
        self.taken.append(envelope.content)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def certificate(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "mail.pem"
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.fixture
def server(settings):
    """Starts a server of one's choosing; gives what it takes."""
    running = []

    def start(url="smtp://{host}", **options):
        inbox, port = Inbox(), free_port()
        controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        settings.smtp_url = url.format(host=f"127.0.0.1:{port}")
        return inbox

    yield start
    for controller in running:
        controller.stop()


async def due(jobs, minutes):
    with db.at(db.clock() + timedelta(minutes=minutes)):
        await jobs()


async def test_smtp_takes_the_letter(user, jobs, server):
    inbox = server()
    await tell(user)
    await jobs()
    assert len(inbox.taken) == 1
    assert b"You are enrolled in Rivers" in inbox.taken[0]


@pytest.mark.parametrize("scheme", ["smtp://{host}?starttls=required&verify=off", "smtps://{host}?verify=off"])
async def test_smtp_speaks_tls(user, jobs, server, certificate, scheme):
    key = {"ssl_context": certificate} if scheme.startswith("smtps") else {"tls_context": certificate}
    inbox = server(scheme, **key)
    await tell(user)
    await jobs()
    assert len(inbox.taken) == 1
    assert scheme.startswith("smtps") or inbox.used_tls == [True]


async def test_an_untrusted_certificate_is_not_spoken_to(user, jobs, server, certificate):
    inbox = server("smtp://{host}?starttls=required", tls_context=certificate)
    await tell(user)
    await jobs()
    assert inbox.taken == []


async def test_r8_5_what_fails_for_now_is_tried_again(user, jobs, server):
    inbox = server()
    inbox.answers = ["451 Later"]
    await tell(user)
    await jobs()
    assert inbox.taken == []
    await due(jobs, 5)
    assert len(inbox.taken) == 1
    await due(jobs, 60)
    assert len(inbox.taken) == 1


async def test_a_server_that_is_away_or_hangs_is_tried_again(user, settings, jobs, server, monkeypatch):
    from akademe.notifications.adapters import smtp

    settings.smtp_url = f"smtp://127.0.0.1:{free_port()}"
    await tell(user)
    await jobs()
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.3)
    hanging = server()
    hanging.pause = 1.0
    await due(jobs, 5)
    assert hanging.taken == []
    inbox = server()
    await due(jobs, 60)
    assert len(inbox.taken) == 1


async def test_a_server_that_is_away_over_night_loses_nothing(user, settings, jobs, server):
    settings.smtp_url = f"smtp://127.0.0.1:{free_port()}"
    await tell(user)
    start = db.clock()
    for hours in range(12):
        with db.at(start + timedelta(hours=hours)):
            await jobs()
    inbox = server()
    for hours in (13, 15, 30):
        with db.at(start + timedelta(hours=hours)):
            await jobs()
    assert len(inbox.taken) == 1


async def test_what_is_wrong_with_us_and_not_with_the_message_is_tried_again(user, jobs, server):
    inbox = server()
    inbox.senders = ["550 Who are you?"]
    await tell(user)
    await jobs()
    assert inbox.taken == []
    await due(jobs, 5)
    assert len(inbox.taken) == 1


async def test_who_unsubscribes_while_a_letter_waits_does_not_get_it(user, client, as_user, jobs, server):
    inbox = server()
    inbox.answers = ["451 Later"]
    await tell(user)
    await jobs()
    change = {"preferences": [{"type": "learning.enrolled", "email": False}]}
    assert (await (await as_user(user)).put("/api/v1/notifications/preferences", json=change)).status_code == 200
    await due(jobs, 60)
    assert inbox.taken == []


async def test_many_letters_leave_at_a_pace_that_lets_others_between(user, client, settings, jobs):
    people = [user, *[await identity.user() for _ in range(3)]]
    await jobs()
    shutil.rmtree(settings.data_dir / "mail")
    async with system_ctx() as ctx:
        ids = [person.id for person in people]
        await service.notify_many(ctx, notices.COURSE_UPDATED, ids, course_title="A", course_slug="a", changes="B")
        start = ctx.now
    with db.at(start):
        await jobs()
        assert len(letters(settings)) == 1
    with db.at(start + timedelta(seconds=1)):
        await jobs()
    assert len(letters(settings)) == 4


async def test_an_address_that_does_not_exist_is_not_tried_again(user, jobs, server):
    inbox = server()
    inbox.answers = ["550 No such person"]
    await tell(user)
    await jobs()
    await due(jobs, 60)
    assert inbox.taken == []
    async with system_ctx() as ctx:
        kept = select(Notification.mail_status).where(Notification.type == "learning.enrolled")
        assert await ctx.db.scalar(kept) == "refused"
