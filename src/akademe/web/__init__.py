"""The web app: pages for people, rendered on the server, better with script and complete without it.

`ui` is the design system (tokens, macros, assets, rendering); every other folder is an audience with `pages.py` and
`templates/`: public, account, learn, teach, staff. Pages call services and never query.

Stands on: every domain's service and schemas, kernel.http.
"""
