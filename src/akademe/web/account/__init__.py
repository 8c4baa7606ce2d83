"""One person and their account: sign-in, registration, reset, profile, password, sign-ins."""
