"""The inbox as JSON."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class NotificationOut(BaseModel):
    """`body` is Markdown, `link` a path on this site or empty."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    type: str
    title: str
    body: str
    link: str
    data: dict[str, Any]
    read: bool
    read_at: datetime | None
    created_at: datetime


class NotificationPatch(BaseModel):
    read: bool


class ReadAllOut(BaseModel):
    changed: int


class PreferenceIn(BaseModel):
    type: str = Field(max_length=100)
    inbox: bool | None = None
    email: bool | None = None


class PreferenceOut(BaseModel):
    type: str
    label: str
    inbox: bool
    email: bool


class PreferencesIn(BaseModel):
    preferences: list[PreferenceIn] = Field(max_length=200)


class PreferencesOut(BaseModel):
    """Every kind of message that one can do without, and what is on; urgent ones are always sent."""

    preferences: list[PreferenceOut]
