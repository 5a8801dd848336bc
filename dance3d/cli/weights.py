"""``dance3d weights``: list, verify, fetch or push weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dance3d.cli.common import say
from dance3d.cli.options import Parser, When
from dance3d.pipeline.exit_codes import REFUSED, UsageError
from dance3d.registry import TRAINABLE


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
    push = parser.action("push", "put weights of a stage into a folder or a repository of the Hugging Face Hub", _push)
    push.option("stage", choices=TRAINABLE, help="that they are of")
    push.option("file", type=Path, metavar="FILE", help="what a training has written")
    push.option("place", metavar="PLACE", help="folder, or hf://OWNER/REPO")
    text = "under which others may use them, such as MIT or CC-BY-4.0; needed unless they are those that ship"
    push.option("--licence", default="", help=text)
    push.option("--trained-on", default="", metavar="TEXT", help="for the model card: the data, and their licence")
    push.option("--made-by", default="", metavar="COMMAND", help="for the model card")
    push.option("--scores", type=Path, metavar="JSON", help="for the model card: figures by name")
    push.option("--commercial", action="store_true", help="commercial use is allowed, by the data too")
    when = When("with hf://OWNER/REPO", lambda options: options.place.startswith("hf://"))
    push.option("--public", when=when, action="store_true", help="a repository that is made now may be read by all")


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


def _push(options: Any) -> None:
    from dance3d.benchmarks import model_card
    from dance3d.io import kept_weights

    row = kept_weights.row(options.stage, options.file, _told(options))
    before = kept_weights.shelf(options.place)
    card = model_card.page(before.card, {**before.rows, options.stage: row}, options.place)
    print(kept_weights.put(options.place, before, options.file, row, card, options.public))


def _told(options: Any) -> dict[str, Any]:
    """What the model card says beside the file: as the package's manifest has it for weights that ship."""
    from dance3d.io.file_hash import hash_file
    from dance3d.io.json_files import read_json
    from dance3d.io.weights import manifest

    if not options.file.is_file():
        raise ValueError(f"{options.file}: no such file of weights")
    found = hash_file(options.file)
    for row in manifest().values():
        if row["sha256"] == found:
            return {name: value for name, value in row.items() if name not in ("file", "sha256", "bytes")}
    if not options.licence:
        raise UsageError("weights push needs --licence: without one nobody may use them")
    scores = {} if options.scores is None else read_json(options.scores)
    if not isinstance(scores, dict) or not all(isinstance(value, int | float) for value in scores.values()):
        raise ValueError(f'{options.scores}: expected figures by name, such as {{"mpjpe": 45.8}}')
    told = {"license": options.licence, "trained_on": options.trained_on, "command": options.made_by}
    return {name: text for name, text in told.items() if text} | {"commercial_ok": options.commercial, "scores": scores}
