"""The review for teams: the pack's screens from a small web app, with every judgement appended to a database."""
