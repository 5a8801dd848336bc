"""``dance3d compare``: what one dancer does other than another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dance3d.cli.options import Parser


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    text = "folder of a finished run, pose3d.npz or a file of motion"
    parser.option("a", type=Path, metavar="A", help=f"the one to compare with, such as the teacher: {text}")
    parser.option("b", type=Path, metavar="B", help="the other, likewise; the same folder for two of one clip")
    parser.option("-o", "--out", type=Path, help="folder for the results; A-vs-B here if not given")
    parser.option("--mirror", action="store_true", help="take B as a mirror shows it, as facing a teacher")
    parser.option("--person-a", type=int, metavar="N", help="which dancer, where A holds several")
    parser.option("--person-b", type=int, metavar="N", help="which dancer, where B holds several")
    text = "the page holds both videos, however large, and can be sent alone"
    parser.option("--single-file", action="store_true", help=text)
    parser.option("--json", action="store_true", help="print comparison.json instead of a few lines")


def run(options: Any) -> None:
    """Compare two dancers: numbers, a table and a report."""
    from dance3d.comparison.compare import compare
    from dance3d.comparison.export import summary, write

    found = compare(options.a, options.b, mirror=options.mirror, person_a=options.person_a, person_b=options.person_b)
    out = options.out or Path(f"{_plain(found.a.name)}-vs-{_plain(found.b.name)}")
    page = write(found, out, options.single_file)
    said = summary(found)
    if options.json:
        print(json.dumps(said, indent=1))
        return
    if options.quiet:
        print(page)
        return
    for note in found.notes:
        print(f"  note: {note}")
    degrees, warp = said["degrees"], said["warp"]
    if said["similarity"] is None:
        print("  the two could not be compared")
    else:
        print(
            f"  similarity {said['similarity']:.0f} of 100: {degrees['aligned']:.1f} degrees apart once aligned"
            + ("" if degrees["same_clock"] is None else f", {degrees['same_clock']:.1f} on the same clock")
        )
    if warp["tempo"] is not None:
        print(f"  B at {warp['tempo']:.2f} times A's tempo, confidence of the alignment {warp['confidence']:.2f}")
    if heard := said.get("music"):
        print(f"  against the music: A {_on_beat(heard['a'])}; B {_on_beat(heard['b'])}")
    parts = [part for part in said["parts"] if part["degrees"] is not None and part["part"] != "body"]
    for part in sorted(parts, key=lambda one: -one["degrees"])[:5]:
        late = part["late"]
        when = "" if late is None or abs(late) < 0.05 else f", {abs(late):.2f} s {'late' if late > 0 else 'early'}"
        print(f"  {part['part']:12} {part['degrees']:5.1f} degrees{when}")
    print(f"  {page}")


def _on_beat(row: dict[str, Any]) -> str:
    """How one dancer keeps to the music, in words."""
    return str(row["text"]) + ("" if row["spread"] is None else f", give or take {row['spread'] * 1e3:.0f} ms")


def _plain(name: str) -> str:
    """A name as part of a folder's."""
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in name.replace(", ", "-")).strip("-.") or "dancer"
