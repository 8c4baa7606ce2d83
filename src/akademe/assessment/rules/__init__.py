"""Pure functions of assessment: normal forms of questions, grading, drawing, windows, results. No I/O, no clock."""
