"""What people are told: the inbox, their preferences, and delivery by e-mail.

`notify` writes an inbox row and asks for an e-mail, as the person's preferences allow, in the caller's transaction;
delivery is a job that speaks to the mail server outside any transaction and is tried again when it fails. The kinds of
message (`Notice`, in the kernel) are declared by the domains that send them.

Tables: notifications, notification_preferences.
Events: NotificationCreated.
Stands on: kernel, orgs, identity (people, and fresh reset tokens).
"""
