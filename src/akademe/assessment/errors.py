"""What assessment refuses."""

from akademe.kernel.errors import Conflict, Forbidden, PreconditionFailed


class AttemptRequired(Conflict):
    """A timed or pooled quiz shows its questions in an open attempt alone."""

    message = "Start an attempt first: this quiz is timed, or draws its questions for each attempt."


class NoAttemptsLeft(Conflict):
    """The body carries `max_attempts`."""

    message = "You have used all {max_attempts} attempts."


class AttemptClosed(Conflict):
    message = "This attempt is submitted. Its answers can no longer change."


class NoQuestions(Conflict):
    message = "There are no questions to answer here yet."


class NotYetSubmitted(Conflict):
    message = "This attempt is still open. It can be graded once it is submitted."


class PremiumRequired(Forbidden):
    message = "This quiz is part of a premium plan."


class AssessmentChanged(PreconditionFailed):
    """The body carries `version`, the current one."""

    message = "Somebody changed this since you opened it. It is at version {version} now; reload and try again."
