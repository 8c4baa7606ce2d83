"""HTML from other systems as Markdown: what Markdown can say becomes Markdown, the rest stays HTML inside it."""

from akademe.interop.rules.html.blocks import Converter, fragment

__all__ = ["Converter", "fragment"]
