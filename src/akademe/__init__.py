"""Akademe: a learning management system that works without a language model and better with one."""

__version__ = "0.1.0"
