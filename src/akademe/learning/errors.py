"""Why learning refuses."""

from akademe.kernel.errors import AppError, Conflict


class PrerequisitesMissing(Conflict):
    """`missing_prerequisites` lists the courses: id, title, slug."""

    message = "Complete the courses that this one builds on first."


class CourseArchived(Conflict):
    message = "This course is archived: you can read it, but nothing in it changes any more."


class CourseNotPublished(Conflict):
    message = "This course is not published yet."


class CompletedByAttempt(Conflict):
    message = "This lesson is completed by passing its quiz."


class NoSeatOffered(Conflict):
    message = "No seat is offered to you at the moment."


class EnrolmentCompleted(Conflict):
    message = "You have completed this course. Your enrolment and your results stay."


class NotOpenYet(Conflict):
    message = "This opens on {opens_at}."


class Closed(Conflict):
    message = "This closed on {closes_at}."


class RevokedCertificate(AppError):
    status, code, message = 410, "CERTIFICATE_REVOKED", "This certificate was revoked."
