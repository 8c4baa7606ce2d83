"""What a GIFT import refuses."""

from akademe.kernel.errors import Invalid


class GiftSyntax(Invalid):
    """The body carries `line` and `column`, both from 1."""

    code = "GIFT_SYNTAX"
