"""What runs on which document, and what came of it.

A document and an operation become a job here; a result becomes one edit. Each document has its own slot, so that a
newer question on one never ends the job of another.
"""

from desktop.document.origins import Ban, Provenance, Spot
from desktop.session.desk import Desk
from desktop.session.outcomes import Outcome
from desktop.session.runs import ACTIVE, Repair, Run, State, Wish
from desktop.session.session import Session

__all__ = ["ACTIVE", "Ban", "Desk", "Outcome", "Provenance", "Repair", "Run", "Session", "Spot", "State", "Wish"]
