"""Metamorphic relations: what must, and what must not, change in an answer when its question is put otherwise."""
