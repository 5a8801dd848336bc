"""``dance3d weights``: list, verify or fetch weights."""

from __future__ import annotations

from typing import Any

from dance3d.cli.common import say
from dance3d.cli.options import Parser
from dance3d.pipeline.exit_codes import REFUSED


def arguments(parser: Parser) -> None:
    """Add the command's actions."""
    listed = parser.action("list", "weights that ship, and those of other detectors", _list)
    listed.option("--commercial", action="store_true", help="only those free for commercial use")
    verify = parser.action("verify", "read weights, and say whether they are sound", _verify)
    verify.option("names", nargs="*", metavar="NAME", help="these; all if none is given")
    fetch = parser.action("fetch", "fetch weights of other detectors", _fetch)
    fetch.option("names", nargs="*", metavar="NAME", help="as list shows them")
    text = "take it from here instead of its mirrors: a file, a folder or a URL"
    fetch.option("--from", dest="origin", default="", metavar="PLACE", help=text)


def run(options: Any) -> int:
    """Do what the action says."""
    return options.act(options) or 0


def _fetch(options: Any) -> None:
    from dance3d.io import fetch

    if not options.names:
        names = [name for name, row in fetch.third_party().items() if not row.get("ships")]
        raise ValueError(f"weights fetch needs a name; choose from {', '.join(names)}")
    for name in options.names:
        print(fetch.fetch(name, options.origin, lambda line: say(options, f"  {line}")))


def _list(options: Any) -> int:
    return _states([], verify=False, commercial=options.commercial, quiet=False)


def _verify(options: Any) -> int:
    return _states(options.names, verify=True, commercial=False, quiet=options.quiet)


def _states(names: list[str], *, verify: bool, commercial: bool, quiet: bool) -> int:
    """Print a line of each weights file; with ``quiet`` only of those that are not sound."""
    from dance3d.io import fetch

    broken = 0
    for name, entry, state in fetch.states(names, verify):
        free, fault = entry["commercial_ok"] is True, False
        if commercial and not free:
            continue
        try:
            said = state()
        except ValueError as error:
            said, fault = str(error), True
        broken += fault
        licence = entry["license"] + ("" if free else ", commercial use unclear")
        if fault or not quiet:
            print(f"{name:21} {entry['bytes'] / 1e6:6.1f} MB  {entry['sha256'][:12]}  {licence}; {said}")
    return REFUSED if broken else 0
