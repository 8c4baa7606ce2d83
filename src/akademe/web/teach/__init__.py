"""Pages of those who teach: their courses, the course builder, lessons, quizzes, imports, people."""
