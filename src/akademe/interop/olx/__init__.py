"""Open edX course and library archives (OLX) as courses.

Chapters become modules, verticals lessons under the heading of their sequential, problems questions; what has no
counterpart is named in the loss report, element by element.

Tables: none.
Events: none.
Stands on: interop.rules (archives, course tree, HTML to Markdown), assessment (question schemas).
"""
