"""The verbs of assessment."""

from akademe.assessment.service.agenda import Prospect, Task, list_tasks, prospect_of
from akademe.assessment.service.authoring import (
    create_assessment,
    delete_assessment,
    export_questions,
    find_by_source,
    get_assessment,
    get_quiz,
    list_assessments,
    list_quizzes,
    page_assessments,
    restore_assessment,
    staff_assessment,
    update_assessment,
)
from akademe.assessment.service.questions import (
    Replaced,
    add_questions,
    delete_question,
    list_questions,
    list_staff_questions,
    order_questions,
    replace_questions_by_source,
    restore_question,
    update_question,
)
from akademe.assessment.service.regrading import grade_answers, regrade_rest, tell_graded
from akademe.assessment.service.results import count_waiting, list_grade_changes, list_results, list_waiting
from akademe.assessment.service.taking import get_attempt, save_answers, start_attempt, submit, submit_when_due
from akademe.assessment.service.trial import grade_trial, try_questions

__all__ = [
    "Prospect",
    "Replaced",
    "Task",
    "add_questions",
    "count_waiting",
    "create_assessment",
    "delete_assessment",
    "delete_question",
    "export_questions",
    "find_by_source",
    "get_assessment",
    "get_attempt",
    "get_quiz",
    "grade_answers",
    "grade_trial",
    "list_assessments",
    "list_grade_changes",
    "list_questions",
    "list_quizzes",
    "list_results",
    "list_staff_questions",
    "list_tasks",
    "list_waiting",
    "order_questions",
    "page_assessments",
    "prospect_of",
    "regrade_rest",
    "replace_questions_by_source",
    "restore_assessment",
    "restore_question",
    "save_answers",
    "staff_assessment",
    "start_attempt",
    "submit",
    "submit_when_due",
    "tell_graded",
    "try_questions",
    "update_assessment",
    "update_question",
]
