"""GIFT, the plain-text format of questions that Moodle and others read: parsed, mapped to questions, and written.

What GIFT cannot say (ordering, cloze, pools, patterns, skills, points) travels in a comment before the question,
`// akademe: {...}`, that other programs skip and this one reads back: export and import lose nothing.

Tables: none.
Events: none.
Stands on: kernel, assessment (QuestionIn and the services that add questions).
"""
