"""The mail of this process."""

from email.message import EmailMessage
from typing import Protocol

from akademe.kernel.config import settings


class MailRefused(Exception):
    """The server will never take this message (an address that does not exist): trying again is useless."""


class Mailer(Protocol):
    async def send(self, message: EmailMessage) -> None:
        """Hand the message over. Raises MailRefused for good, any other error to be tried again."""


def mailer() -> Mailer:
    """SMTP where SMTP_URL says so, else `.eml` files in DATA_DIR/mail."""
    if settings().smtp_url:
        from akademe.notifications.adapters.smtp import SmtpMailer

        return SmtpMailer(settings().smtp_url)
    from akademe.notifications.adapters.folder import FolderMailer

    return FolderMailer(settings().data_dir / "mail")
