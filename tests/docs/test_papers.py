"""The page of the papers: every equation has its row, and the code, settings, recipes and tests named are there."""

import inspect
import re

import doc_pages
import lightning as L
import pytest
from doc_pages import ROOT, leads_somewhere

from dance3d.lazy_import import resolve
from dance3d.registry import STAGES
from dance3d.training.recipes import read_recipe, recipes

PAGE = "docs/papers.md"
COLUMNS = ["in the paper", "says", "here", "setting or recipe", "test", "otherwise here, and why"]
ROWS = {
    "HDVR": {"w_t", "L_2D", "L_smooth2D", "L_smooth3D", "L_3D", r"K seeds, k\*", "movements", "genre", "154 movements"},
    "VideoPose3D": {"3, the net", "optimiser", "batch norm", "4, trajectory", "WMPJPE", "projection", "bone loss"},
    "Bai": {f"equation {number}" for number in range(1, 6)},
    "Mask as Supervision": {f"equation {number}" for number in range(1, 12)} | {"cascade", "map G", "SPP rows"},
}


def tables():
    """Rows of the tables of equations, by the heading that they stand under: cells by column."""
    found, heading, inside = {}, "", False
    for line in doc_pages.text(PAGE).splitlines():
        heading = line.removeprefix("## ") if line.startswith("## ") else heading
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        cells = [cell.strip("| ") for cell in cells]
        inside = line.startswith("|") and (inside or cells == COLUMNS)
        if inside and cells != COLUMNS and not line.startswith("|---"):
            assert len(cells) == len(COLUMNS), line
            found.setdefault(heading, []).append(dict(zip(COLUMNS, cells, strict=True)))
    return found


ALL = [row for rows in tables().values() for row in rows]
NAMES = [row["in the paper"] for row in ALL]


def spans(row, column):
    return re.findall(r"`([^`]+)`", row[column])


def training_settings():
    """Settings of all modules and data, with those of what they derive from."""
    found = {f"trainer.{name}" for name in inspect.signature(L.Trainer).parameters}
    for stage in STAGES.values():
        for method in ("", *stage.methods) if stage.module else ():
            for group, path in zip(("model", "data"), stage.classes(method), strict=True):
                for kind in resolve(path).__mro__:
                    found |= {f"{group}.{name}" for name in inspect.signature(kind.__init__).parameters}
    return found


def test_every_equation_has_its_row():
    found = {heading: {row["in the paper"] for row in rows} for heading, rows in tables().items()}
    missing = {heading: wanted - found.get(heading, set()) for heading, wanted in ROWS.items()}
    assert not any(missing.values()), missing
    assert all(row[column] for row in ALL for column in COLUMNS)


@pytest.mark.parametrize("row", ALL, ids=NAMES)
def test_the_code_of_a_row_is_there(row):
    named = spans(row, "here")
    assert named, "a row names the code, or is none"
    assert [span for span in named if not leads_somewhere("dance3d", span.split("."))] == []


@pytest.mark.parametrize("row", ALL, ids=NAMES)
def test_the_test_of_a_row_is_there(row):
    for span in spans(row, "test"):
        path, _, name = span.partition("::")
        assert (ROOT / path).is_file() and f"def {name}" in (ROOT / path).read_text(), span
    assert spans(row, "test")


def test_the_settings_and_recipes_of_all_rows_are_there():
    inference = {f"{stage}.{name}" for stage, one in STAGES.items() for name in one.settings.names()}
    known = inference | training_settings() | set(recipes()) | {"checkpoint.monitor"}
    named = {span for row in ALL for span in spans(row, "setting or recipe")}
    assert named - known == set()
    assert set(recipes()) - {"dance3d", "cross_fitted"} <= set(re.findall(r"`(\w+)`", doc_pages.text(PAGE)))


def test_the_page_of_training_lists_every_recipe_with_its_stages():
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", doc_pages.text("docs/training.md"), re.M)
    told = {name: tuple(re.findall("|".join(STAGES), stages)) for name, stages in rows if name in recipes()}
    assert told == {name: read_recipe(name).stages for name in recipes()}
