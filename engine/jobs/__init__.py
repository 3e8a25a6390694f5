"""Jobs on one engine thread, and what comes back from them.

A job is one frozen value. It waits in a slot; a newer job in the same slot takes its place, because sliders ask faster
than engines answer. What comes back waits in a mailbox with one place per job for pictures.
"""

from engine.jobs.events import Done, Event, Failed, Noticed, Started, Stopped, Update, Warming
from engine.jobs.thread import Engine
from engine.jobs.warming import warm
from engine.recipe import Job

__all__ = [
    "Done",
    "Engine",
    "Event",
    "Failed",
    "Job",
    "Noticed",
    "Started",
    "Stopped",
    "Update",
    "Warming",
    "warm",
]
