"""The clinical review: which answers people read, what they said, how far they agree, and what that corrects."""
