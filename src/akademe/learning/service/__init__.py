"""The verbs of learning."""

from akademe.learning.service.certificates import (
    certificate_of,
    certificate_pdf,
    get_certificate,
    issue_certificate,
    list_certificates,
    revoke_certificate,
)
from akademe.learning.service.completion import complete_lesson, record_time, update_progress
from akademe.learning.service.dates import dates_for, list_dates, set_dates
from akademe.learning.service.enrolling import (
    active_enrolment,
    current_enrolment,
    enrol,
    ensure_enrolled,
    get_enrolment,
)
from akademe.learning.service.outline import outline
from akademe.learning.service.progress import (
    completion_table,
    enrolment_counts,
    enrolment_out,
    list_course_enrolments,
    list_enrolments,
    list_progress,
    progress_of,
    progress_of_enrolment,
)
from akademe.learning.service.recounting import ask_progress_recount, recount_course, recount_progress
from akademe.learning.service.requirements import (
    CourseItem,
    record_quiz_result,
    register_requirements,
    remove_requirement,
)
from akademe.learning.service.results import hold_results
from akademe.learning.service.rostering import enrol_others, enrol_person
from akademe.learning.service.seats import holds_offer
from akademe.learning.service.streaks import own_streak, reset_streak
from akademe.learning.service.waiting import (
    accept_offer,
    courses_with_waiting,
    drop_enrolment,
    drop_everything,
    expire_offer,
    offer_seats,
    place_of,
)

__all__ = [
    "CourseItem",
    "accept_offer",
    "active_enrolment",
    "ask_progress_recount",
    "certificate_of",
    "certificate_pdf",
    "complete_lesson",
    "completion_table",
    "courses_with_waiting",
    "current_enrolment",
    "dates_for",
    "drop_enrolment",
    "drop_everything",
    "enrol",
    "enrol_others",
    "enrol_person",
    "enrolment_counts",
    "enrolment_out",
    "ensure_enrolled",
    "expire_offer",
    "get_certificate",
    "get_enrolment",
    "hold_results",
    "holds_offer",
    "issue_certificate",
    "list_certificates",
    "list_course_enrolments",
    "list_dates",
    "list_enrolments",
    "list_progress",
    "offer_seats",
    "outline",
    "own_streak",
    "place_of",
    "progress_of",
    "progress_of_enrolment",
    "record_quiz_result",
    "record_time",
    "recount_course",
    "recount_progress",
    "register_requirements",
    "remove_requirement",
    "reset_streak",
    "revoke_certificate",
    "set_dates",
    "update_progress",
]
