"""What anyone may see: landing, catalogue, course pages, search, certificate checks."""
