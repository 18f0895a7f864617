"""Makes `python -m isoserve.cli` the same as the `isoserve` program."""

from __future__ import annotations

import sys

from isoserve.cli import main

if __name__ == "__main__":
    sys.exit(main())
