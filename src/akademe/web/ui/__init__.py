"""The design system: tokens and components (`static/css`), macros (`templates`), assets by hash, rendering, formats.

Every component lives once, as a macro, and is shown in all its states at `/ui`.
"""
