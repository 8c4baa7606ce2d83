"""Mail by SMTP: `smtp://user:password@host:port` (with STARTTLS where offered) or `smtps://` (TLS from the start)."""

from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from akademe.notifications.adapters.mail import MailRefused

TIMEOUT_SECONDS = 20.0


class SmtpMailer:
    """`?starttls=required` refuses to speak without TLS, `never` does not try; `?verify=off` takes any certificate."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        is_tls = parts.scheme == "smtps"
        self.options: dict[str, Any] = {
            "hostname": parts.hostname or "localhost",
            "port": parts.port or (465 if is_tls else 587),
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "use_tls": is_tls,
            "start_tls": {"required": True, "never": False}.get(query.get("starttls", "")) if not is_tls else False,
            "validate_certs": query.get("verify") != "off",
            "timeout": TIMEOUT_SECONDS,
        }

    async def send(self, message: EmailMessage) -> None:
        import aiosmtplib

        try:
            await aiosmtplib.send(message, **self.options)
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refused.code >= 500 for refused in error.recipients):
                raise MailRefused(str(error)) from error
            raise
        except aiosmtplib.SMTPDataError as error:
            # Of the message alone: a refused connection, sign-in or sender somebody will mend, so those wait.
            if error.code >= 500:
                raise MailRefused(str(error)) from error
            raise
