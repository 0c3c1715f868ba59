"""Fault injection: known faults put into good answers one at a time, and what the gate makes of them."""
