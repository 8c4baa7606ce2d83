"""The schema's history, applied by `akademe migrate`; it travels in the wheel."""
