"""`python -m engine`: the command line without the window."""

import sys

from engine.cli import main

sys.exit(main())
