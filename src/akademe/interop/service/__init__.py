"""The verbs of interop: import a course, export a course."""

from akademe.interop.service.exporting import Exported, course_tree
from akademe.interop.service.importing import import_course, owner_of_imports, run_import, start_import, sweep_leftovers
from akademe.interop.service.packing import Download, export_course

__all__ = [
    "Download",
    "Exported",
    "course_tree",
    "export_course",
    "import_course",
    "owner_of_imports",
    "run_import",
    "start_import",
    "sweep_leftovers",
]
