"""Questions in other words: seeded edits of a patient's message, for families of wordings and for robustness."""
