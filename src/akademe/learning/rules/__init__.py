"""The arithmetic of learning: pure, no I/O."""
