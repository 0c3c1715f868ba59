"""Logged answers: scored as a stream, in flat memory, by one process or many."""
