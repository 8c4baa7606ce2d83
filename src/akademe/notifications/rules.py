"""A notice as an e-mail: pure."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8, default
from email.utils import format_datetime
from html import escape
from uuid import UUID

from email_validator import validate_email

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title></head>
<body style="margin:0;padding:24px;background:#f6f7f7;font:16px/1.5 system-ui,sans-serif;color:#1b2424">
<div style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px">
<h1 style="font-size:20px;line-height:1.3;margin:0 0 16px">{title}</h1>
{body}{button}</div>
<p style="max-width:560px;margin:16px auto 0;font-size:13px;color:#5a6666">{footer}</p>
</body></html>
"""
_BUTTON = (
    '<p style="margin:24px 0 0"><a href="{url}" style="display:inline-block;padding:10px 18px;border-radius:6px;'
    'background:#0b5f66;color:#ffffff;text-decoration:none">{label}</a></p>'
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What an e-mail is made of. `html` is safe; `unsubscribe_url` is empty for what cannot be unsubscribed."""

    notification_id: UUID
    recipient: str
    recipient_name: str
    sender: str
    title: str
    text: str
    html: str
    url: str
    url_label: str
    footer: str
    language: str
    unsubscribe_url: str
    sent_at: datetime


def one_line(text: str, longest: int = 200) -> str:
    """Text for a header: no line breaks or control characters, so that nothing can be injected."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def compose(letter: Letter) -> EmailMessage:
    """A text and an HTML part. The same notification always has the same Message-ID, so a second copy is recognised."""
    recipient = _address(letter.recipient, letter.recipient_name)
    # RFC 6531 for a mailbox that has another name than ASCII can say; every server takes the others.
    message = EmailMessage(default if recipient.username.isascii() else SMTPUTF8)
    message["Subject"] = one_line(letter.title)
    message["From"] = letter.sender
    message["To"] = recipient
    message["Date"] = format_datetime(letter.sent_at)
    message["Message-ID"] = f"<{letter.notification_id}@{_domain(letter.sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe_url:
        # RFC 8058: one click in the mail program, no sign-in.
        message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    link = f"\n\n{letter.url_label}: {letter.url}" if letter.url else ""
    message.set_content(f"{letter.text}{link}\n\n-- \n{letter.footer}\n")
    message.add_alternative(_page(letter), subtype="html")
    return message


def _address(email: str, name: str) -> Address:
    mailbox, _, domain = email.rpartition("@")
    if not domain.isascii():
        domain = validate_email(email, check_deliverability=False).ascii_domain
    return Address(one_line(name, 100), mailbox, domain)


def _domain(sender: str) -> str:
    return sender.rsplit("@", 1)[-1].strip("> ") or "localhost"


def _page(letter: Letter) -> str:
    button = _BUTTON.format(url=escape(letter.url), label=escape(letter.url_label)) if letter.url else ""
    return _PAGE.format(
        language=escape(letter.language),
        title=escape(letter.title),
        body=letter.html,
        button=button,
        footer=escape(letter.footer),
    )


def unsubscribe_token(secret: str, user_id: UUID, kind: str) -> str:
    """Names a person and a kind of message, and proves that we made it."""
    return f"{user_id}.{kind}.{_signature(secret, user_id, kind)}"


def read_unsubscribe_token(secret: str, token: str) -> tuple[UUID, str] | None:
    """The person and the kind; None for a token that is not ours."""
    person, _, rest = token.partition(".")
    kind, _, signature = rest.rpartition(".")
    try:
        user_id = UUID(person)
    except ValueError:
        return None
    given, known = signature.encode(), _signature(secret, user_id, kind).encode()
    return (user_id, kind) if hmac.compare_digest(given, known) else None


def _signature(secret: str, user_id: UUID, kind: str) -> str:
    return hmac.new(secret.encode(), f"unsubscribe:{user_id}:{kind}".encode(), hashlib.sha256).hexdigest()[:32]
