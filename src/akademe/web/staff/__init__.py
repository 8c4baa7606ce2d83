"""Pages of those who run the place: people, the organisation, and for platform admins all organisations."""
