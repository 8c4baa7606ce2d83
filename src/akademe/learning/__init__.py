"""Who learns what, how far they are, and the certificate at the end.

Enrolment is the key of progress; completion rows are its truth, and what an enrolment says of them (percentage, status,
scores) is written in the same transaction. A course is completed when every required lesson is completed and every
requirement that a higher domain registered (a quiz, say) is satisfied; completed is final.

Tables: sections, enrolments, completions, requirements, satisfactions, streaks, certificates, date_overrides.
Events: Enrolled, SeatOffered, EnrolmentDropped, LessonCompleted, CourseCompleted, CertificateIssued,
CertificateRevoked, DatesSet.
Stands on: kernel, orgs, identity, files, notifications, catalog.
"""
