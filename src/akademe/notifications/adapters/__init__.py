"""How mail leaves: to a folder, or to an SMTP server."""

from akademe.notifications.adapters.mail import Mailer, MailRefused, mailer

__all__ = ["MailRefused", "Mailer", "mailer"]
