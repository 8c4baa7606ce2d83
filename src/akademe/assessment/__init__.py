"""Questions, quizzes, assignments and projects: what is asked, what was answered, and what it earned.

An attempt freezes what it asked (question versions, drawn pools, order); a corrected key makes a new version and a new
score row, and every change of a grade is in an append-only log.

Tables: assessments, questions, question_versions, attempts, attempt_scores, grade_log.
Events: AssessmentStarted, AssessmentSubmitted, AssessmentGraded.
Stands on: kernel, orgs, identity, notifications, catalog (courses and lessons), learning (progress,
requirements).
"""
