"""The demo school: courses in the native format beside this file, and the builder that fills an empty installation."""
