"""Defaults, fields and what ships, as the pages tell them, are those of the code, the configs and the weights."""

import ast
import inspect
import json
import re

import doc_pages
import numpy as np
import pytest
import yaml
from doc_pages import ROOT
from safetensors import safe_open

from dance3d import contracts, registry
from dance3d.cli.settings import as_markdown, as_yaml
from dance3d.geometry.camera_settings import ASSUMED_FIELD_OF_VIEW
from dance3d.io.weights import default
from dance3d.pipeline import result_json


@pytest.mark.parametrize(("file", "form"), [("configs/pipeline.yaml", as_yaml), ("docs/settings.md", as_markdown)])
def test_what_is_made_from_the_settings_is_up_to_date(file, form):
    assert (ROOT / file).read_text() == form() + "\n", f"make settings writes {file} again"


def test_the_yaml_of_the_pipeline_has_the_defaults():
    told = yaml.safe_load((ROOT / "configs/pipeline.yaml").read_text())
    assert told.pop("pose_from") == registry.DEFAULT_POSES
    assert told == {name: stage.settings().plain() for name, stage in registry.STAGES.items()}


def test_the_assumed_field_of_view_is_the_one_on_the_page():
    assert f"a field of view of {ASSUMED_FIELD_OF_VIEW:g} degrees is assumed" in doc_pages.flat("docs/detect.md")


def test_steps_and_epochs_are_those_of_the_configs():
    keypoints = yaml.safe_load((ROOT / "configs/keypoints.yaml").read_text())
    epochs = keypoints["trainer"]["max_epochs"]
    assert f"{epochs} epochs, then" in doc_pages.flat("docs/keypoints.md")
    assert f"{epochs} epochs from nothing" in doc_pages.flat("docs/model-cards/keypoints.md")
    lift = yaml.safe_load((ROOT / "configs/lift.yaml").read_text())
    assert lift["data"]["wandering"] == 20 and "Twenty minutes of it" in doc_pages.flat("docs/lift.md")
    assert f"{lift['trainer']['max_epochs'] * 250:,} and" in doc_pages.flat("docs/lift.md")


# ---- what ships, in words -------------------------------------------------------------------------------------------

ENCODERS = {"one temporal convolutional net": "tcn", "sixteen LSTMs": "lstm"}
NO_LONGER = {
    r"training if its weights are missing": "a run trains nothing: weights ship",
    r"0\.5 is the operating point|from (0\.5|one half) on, a movement|probabilit(y|ies) of( at least)? (one|a) half": (
        "each of the 154 movements has a threshold of its own, which ships"
    ),
}
"""What pages said of versions before this one, and what is so now."""


@pytest.mark.parametrize(("page", "start"), [("README.md", "| `motion` |"), ("docs/motion.md", "**Recognisers**")])
def test_the_recognisers_are_the_net_that_ships(page, start):
    paragraph = next(part for part in re.split(r"\n\n|\n(?=\|)", doc_pages.text(page)) if part.startswith(start))
    said = {name for words, name in ENCODERS.items() if words in " ".join(paragraph.split())}
    with safe_open(default("motion"), "numpy") as file:
        assert said == {json.loads(file.metadata()["config"])["encoder"]}


def test_thresholds_ship_with_the_recognisers():
    with safe_open(default("motion"), "numpy") as file:
        assert len(np.unique(file.get_tensor("least"))) > 1, "then pages may say again that half is the threshold"


@pytest.mark.parametrize("page", doc_pages.PAGES)
def test_no_page_tells_of_what_no_longer_is(page):
    text = doc_pages.flat(page)
    found = [f"{match[0]!r}: {why}" for said, why in NO_LONGER.items() for match in re.finditer(said, text)]
    assert not found, f"{page}: {'; '.join(found)}"


@pytest.mark.parametrize("artefact", contracts.ARTEFACTS.values(), ids=lambda kind: kind.__name__)
def test_artefacts_page_names_every_field(artefact):
    row = next(
        line for line in doc_pages.text("docs/artefacts.md").splitlines() if f"| `{artefact.__name__}` |" in line
    )
    fields = set(artefact.__dataclass_fields__) - {"time", "start", "person", "skeleton"}  # said once, below the table
    told = set(re.findall(r"`(\w+)", row))
    assert fields <= told, f"docs/artefacts.md says nothing of {', '.join(sorted(fields - told))}"


def test_every_field_of_result_json_is_on_the_page():
    code = ast.parse(inspect.getsource(result_json.summary))
    keys = {key.value for node in ast.walk(code) if isinstance(node, ast.Dict) for key in node.keys if key}
    section = doc_pages.text("docs/outputs.md").partition("## result.json")[2].partition("\n## ")[0]
    told = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", section)))) | {"stage"}
    assert keys <= told, f"docs/outputs.md says nothing of {', '.join(sorted(keys - told))}"


def test_names_of_file_formats_are_those_that_are_written():
    code = "".join(path.read_text() for path in (ROOT / "dance3d").rglob("*.py"))
    named = {name for page in doc_pages.PAGES for name in re.findall(r"dance3d\.\w+/\d+", doc_pages.text(page))}
    assert named == {"dance3d.result/1", "dance3d.comparison/1", "dance3d.tracks/1"}, "files of users have these names"
    assert [name for name in sorted(named) if f'"{name}"' not in code] == []
