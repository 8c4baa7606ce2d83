"""What identity tells people."""

from akademe.kernel.notices import Notice

WELCOME = Notice("identity.welcome", label="Welcome", link="/home")
INVITED = Notice("identity.invited", label="An account made for you", link="/forgot", urgent=True)
ADDED = Notice("identity.added", label="You were added to an organisation", link="/account#organizations", urgent=True)
PASSWORD_RESET = Notice(
    "identity.password_reset",
    label="Resetting your password",
    link="/reset-password?token={token}",
    urgent=True,
    is_kept=False,
)
PASSWORD_CHANGED = Notice("identity.password_changed", label="Your password was changed", urgent=True)
