"""The native course format: a folder (or a zip of it) that a teacher keeps in git.

`course.yaml`, one Markdown file per lesson with front matter, quizzes as YAML or GIFT, and `assets/`. The same course
is written the same to the byte; what is read back is the same course.

Tables: none.
Events: none.
Stands on: interop.rules (course tree, links), interop.gift (quizzes in GIFT), assessment (question schemas).
"""
