"""What learning tells people."""

from akademe.kernel.notices import Notice

ENROLLED = Notice("learning.enrolled", label="You are enrolled in a course", link="/courses/{course_slug}")
COURSE_UPDATED = Notice("learning.course_updated", label="A course of yours was updated", link="/courses/{course_slug}")
CERTIFICATE_EARNED = Notice(
    "learning.certificate_earned", label="You earned a certificate", link="/certificates/{code}"
)
SEAT_OFFERED = Notice("learning.seat_offered", label="A seat is free for you", link="/courses/{course_slug}")
