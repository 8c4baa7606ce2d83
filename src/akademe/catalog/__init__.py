"""Courses, their modules and lessons: written, versioned, ordered, published, and kept by their staff.

A lesson has live text, which learners, search and export see, and may have a draft beside it, which its staff see.
`position` counts within the module, `order_index` through the course, both from 1.

Tables: courses, course_tags, course_prerequisites, modules, lessons, lesson_versions, lesson_files.
Events: CourseCreated, CoursePublished, CourseUnpublished, CourseArchived, CourseUpdated, CourseDeleted,
LessonPublished, LessonsPublished, LessonDeleted, OutlineChanged.
Stands on: kernel, orgs (whose course), identity (grants of staff), files (what lessons show), notifications, search.
"""
