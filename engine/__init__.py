"""The engine: pictures, operations and jobs. No Qt here, and no torch until a neural job is wanted."""

import os

# Torch's threads wait for one another after every layer. Awake, as they do by themselves, each burns its processor
# while the other waits for its own: where anything else runs, a window for one, that takes several times as long.
# Read when torch is first imported, which is never before this package.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
