"""Modules, lessons, their versions and the outline as JSON."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from akademe.catalog.models import CaptionTrack, ContentType
from akademe.catalog.schemas.courses import Address, Long, RequiredAddress, Short, Title

Minutes = Annotated[int, Field(ge=0, le=100_000)]
Place = Annotated[int, Field(ge=1, le=10_000)]


class CaptionIn(BaseModel):
    language: Annotated[str, Field(max_length=35)] = "en"
    label: Short = ""
    url: RequiredAddress


class ModuleIn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    title: Title
    description: Long = ""
    is_active: bool = True
    order: Place | None = Field(default=None, description="Its place in the course; last where not given")


class ModulePatch(ModuleIn):
    title: Title = ""


class LessonIn(BaseModel):
    """What one may say of a lesson. `draft: true` keeps title and content as a draft beside the live text."""

    model_config = ConfigDict(extra="ignore", use_enum_values=True)

    title: Title
    content_type: ContentType
    module_id: UUID | None = None
    section: Short = ""
    content: Long = ""
    video_url: Address = None
    file_id: UUID | None = None
    captions: Annotated[list[CaptionIn], Field(max_length=50)] = []
    transcript_url: Address = None
    duration_minutes: Minutes = 0
    is_free: bool = False
    is_active: bool = True
    is_required: bool = True
    order: Place | None = Field(default=None, description="Its place in the module; last where not given")
    draft: bool = False
    note: Short = Field(default="", description="What changed, for the list of versions")


class LessonPatch(LessonIn):
    """Only what is sent is changed."""

    title: Title = ""
    content_type: ContentType = ContentType.TEXT


class LessonBrief(BaseModel):
    """A lesson in a list. `order` counts within the module (in the chapter view through the course), from 1."""

    id: UUID
    course_id: UUID
    module_id: UUID
    title: str
    section: str
    content_type: str
    video_url: str | None
    file_id: UUID | None
    duration_minutes: int
    quiz_id: UUID | None
    locked: bool
    order: int
    order_index: int
    is_free: bool
    is_active: bool
    is_required: bool
    version: int
    created_at: datetime
    updated_at: datetime
    has_draft: bool | None = Field(default=None, description="For staff")
    is_live: bool | None = Field(default=None, description="For staff, in outlines: published at least once")


class LessonOut(LessonBrief):
    """A whole lesson. Staff get the draft too, where there is one."""

    content: str | None
    content_html: str | None
    captions: list[CaptionTrack] | None
    transcript_url: str | None
    next_chapter_id: UUID | None
    prev_chapter_id: UUID | None
    draft_title: str | None = None
    draft_content: str | None = None


class ListedLesson(LessonBrief):
    """With `?content=true`, and always in the chapter view."""

    content: str | None = None
    content_html: str | None = None
    next_chapter_id: UUID | None = None
    prev_chapter_id: UUID | None = None


class ModuleOut(BaseModel):
    id: UUID
    course_id: UUID
    title: str
    description: str
    order: int
    is_active: bool
    version: int
    created_at: datetime
    updated_at: datetime
    lessons: list[ListedLesson]


class OutlineModule(BaseModel):
    id: UUID
    lessons: Annotated[list[UUID], Field(max_length=2000)]


class OutlineIn(BaseModel):
    """The whole order of a course: every module and every lesson once."""

    modules: Annotated[list[OutlineModule], Field(max_length=2000)]


class VersionOut(BaseModel):
    """A saved text. `is_live` is what learners see."""

    number: int
    title: str
    author_id: UUID | None
    author_name: str | None
    note: str
    created_at: datetime
    is_live: bool
    content: str | None = Field(default=None, description="With ?content=true")


class DiffPart(BaseModel):
    kind: Literal["equal", "insert", "delete"]
    text: str


class DiffLine(BaseModel):
    kind: Literal["equal", "insert", "delete", "replace"]
    old_line: int | None
    new_line: int | None
    parts: list[DiffPart]


class DiffOut(BaseModel):
    """What changed from version `old` to version `new` (0: the draft), line by line."""

    old: int
    new: int
    title: list[DiffLine]
    lines: list[DiffLine]
