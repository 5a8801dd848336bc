"""Tables of what there is to choose from have a row for each of it: formats, detectors, layouts, movement types."""

import re

import doc_pages
import pytest

from dance3d.datasets.crop_sources import KINDS
from dance3d.io.export_files.formats import FORMATS
from dance3d.io.fetch import third_party
from dance3d.masks.segmentation import METHODS
from dance3d.movement_types import MOVEMENTS
from dance3d.registry import get
from dance3d.skeleton import H36M17
from dance3d.stages.genre import protocols
from dance3d.stages.keypoints.detectors import DETECTORS
from dance3d.stages.motion.model import ENCODERS
from dance3d.stages.settings import described

FILE_FORMATS = next(one.rule.words for one in described(get("keypoints").settings) if one.name == "format")
TOLD_APART = {"own"}
"""Detectors with a section of their own."""
CHOICES = {
    ("docs/keypoints.md", "| `backend` | extra |"): set(DETECTORS) - TOLD_APART,
    ("docs/keypoints.md", "| format | what |"): set(FILE_FORMATS),
    ("docs/detect.md", "| kind | layout |"): set(KINDS),
    ("docs/detect.md", "| method | tennis |"): set(METHODS),
    ("docs/weights.md", "| name | file |"): set(third_party()),
    ("docs/genre-protocols.md", "| protocol | what is tested |"): {
        *("time_block", "grouped", "time_block_apart", "grouped_apart", "cross_fitted"),
        *(name for name in vars(protocols) if re.match(r"leave_\w+_out|aist_cross_\w+", name)),
    },
    ("docs/motion.md", "| `model.encoder` | what it is |"): set(ENCODERS),
}


def _rows(page, head):
    """Cells of the table whose head begins so."""
    lines = doc_pages.text(page).splitlines()
    (start,) = (n for n, line in enumerate(lines) if line.startswith(head))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def _names(cell):
    """Names in a cell before a bracket; one that begins with a hyphen has the beginning of the first."""
    names = re.findall(r"`([^`]+)`", cell.partition(" (")[0])
    stem = names[0].rpartition("-")[0] if names else ""
    return [f"{stem}{name}" if name.startswith("-") else name for name in names]


@pytest.mark.parametrize(("page", "head"), CHOICES, ids=lambda value: value[:30])
def test_a_table_has_every_choice_and_no_other(page, head):
    told = [name for row in _rows(page, head) for name in _names(row[0])]
    assert sorted(told) == sorted(CHOICES[page, head])


def test_the_movement_types_are_those_of_the_table():
    told = {}
    for ids, label, kind, *_, shown in _rows("docs/movements.md", "| ids | label |"):
        name = label.strip("`")
        names = [name.replace("l/r_", side) for side in ("l_", "r_")] if name.startswith("l/r_") else [name]
        told |= {int(one): (full, kind, shown) for one, full in zip(ids.split(", "), names, strict=True)}
    assert told == {number: (one.name, one.kind, one.shown) for number, one in enumerate(MOVEMENTS)}


def test_every_export_format_is_a_file_on_the_page():
    page = doc_pages.text("docs/outputs.md")
    written = {file.name for files in FORMATS.values() for file in files}
    named = set(re.findall(r"\w+\.\w+", page))
    several = re.findall(r"(\w+)\.npz((?: \.\w+)+)", page)  # keypoints.npz .csv
    short = {f"{stem}.{end}" for stem, ends in several for end in re.findall(r"\w+", ends)}
    assert written <= named | short


def test_the_joints_are_told_in_their_order():
    assert ", ".join(H36M17.joints) in doc_pages.flat("docs/outputs.md")
