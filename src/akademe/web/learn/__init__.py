"""Pages for learners: home, a course and its lessons, quizzes, certificates, the inbox, progress."""
