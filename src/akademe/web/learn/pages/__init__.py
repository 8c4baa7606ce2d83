"""The routes of learners, one file per subject."""

from akademe.kernel.http import PageRouter
from akademe.web.learn.pages import attempts, certificates, courses, home, inbox, lessons, quizzes

router = PageRouter()
for part in (home, courses, lessons, quizzes, attempts, certificates, inbox):
    router.routes.extend(part.router.routes)
