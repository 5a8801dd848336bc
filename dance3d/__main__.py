"""``python -m dance3d``, and the command ``dance3d``."""

import sys
from collections.abc import Sequence

from dance3d.io.interrupts import run


def main(args: Sequence[str] | None = None) -> int:
    """Run a command line, that of this process if none is given; its exit code."""

    def work() -> int:
        from dance3d.cli import main

        return main(args)

    return run(work)


if __name__ == "__main__":
    sys.exit(main())
