"""What can go wrong that is not a bug: an input nobody can use, and a person who said stop."""

from __future__ import annotations


class Unusable(Exception):
    """This input or setting cannot be used.

    Reads as one sentence for the artist: what is the matter, why, and what would work.

    Args:
        what: the fact, starting with the thing's name ("The hole is empty").
        why: the reason, a clause without a full stop. May be empty.
        remedy: what would work, a clause without a full stop. May be empty.
    """

    def __init__(self, what: str, why: str = "", remedy: str = "") -> None:
        self.what, self.why, self.remedy = what, why, remedy
        clauses = what + (f": {why}" if why else "")
        super().__init__(f"{clauses}; {remedy}." if remedy else f"{clauses}.")

    def __reduce__(self) -> tuple[type[Unusable], tuple[str, str, str]]:
        return type(self), (self.what, self.why, self.remedy)


class Stopped(Exception):
    """The person, or a newer question, asked the running job to end."""
