"""What every format shares: safe archives and XML, the course tree, links, the loss report, HTML to Markdown."""

from akademe.interop.rules.archive import SourceFiles, open_source
from akademe.interop.rules.links import asset_link, lesson_link, rewrite_links, rewrite_question, split_link
from akademe.interop.rules.refusal import Fault, ImportRefused
from akademe.interop.rules.report import LossReport, ReportRow
from akademe.interop.rules.shelf import Limits
from akademe.interop.rules.tree import AssetTree, CaptionTree, CourseTree, LessonTree, ModuleTree, PoolTree, QuizTree

__all__ = [
    "AssetTree", "CaptionTree", "CourseTree", "Fault", "ImportRefused", "LessonTree", "Limits", "LossReport",
    "ModuleTree", "PoolTree", "QuizTree", "ReportRow", "SourceFiles", "asset_link", "lesson_link", "open_source",
    "rewrite_links", "rewrite_question", "split_link",
]  # fmt: skip
