"""Everything neural: the only folder with torch at module level."""

from engine.nets.loading import preload

preload()
