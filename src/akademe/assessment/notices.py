"""What assessment tells people."""

from akademe.kernel.notices import Notice

GRADED = Notice(
    "assessment.graded", label="What you handed in is graded by a person", link="/attempts/{attempt_id}/result"
)
