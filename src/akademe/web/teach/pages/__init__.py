"""One module per part of the work; `router` is all of them."""

from akademe.kernel.http import PageRouter
from akademe.web.teach.pages import (
    courses,
    imports,
    learner,
    lessons,
    outline,
    people,
    questions,
    quizzes,
    results,
    settings,
)

router = PageRouter()
for module in (imports, courses, outline, lessons, quizzes, questions, results, people, learner, settings):
    router.routes.extend(module.router.routes)
