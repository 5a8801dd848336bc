"""``python -m dance3d``."""

import sys

from dance3d.cli import main

if __name__ == "__main__":
    sys.exit(main())
