"""Routes of the catalogue."""

from akademe.catalog.api import courses, lessons
from akademe.kernel.http import Router

router = Router(tags=["courses"])
router.routes.extend([*courses.router.routes, *lessons.router.routes])
