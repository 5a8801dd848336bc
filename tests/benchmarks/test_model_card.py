import pytest

from dance3d.benchmarks import model_card
from dance3d.benchmarks.model_card import BEGIN, END, FOLDER, fill, update_card
from dance3d.io.weights import manifest

ENTRY = {
    "file": "lift.safetensors",
    "bytes": 4_471_596,
    "sha256": "ab" * 32,
    "license": "MIT",
    "commercial_ok": True,
    "trained_on": "motion capture",
    "command": "make weights",
    "scores": {
        "default.gt.mpjpe": 52.59,
        "default.gt.p_mpjpe": 46.18,
        "default.gt.salsa.mpjpe": 33.9,
        "multiview.p_mpjpe": 55.1,
        "multiview.frames": 68.0,
    },
}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_the_cards_figures_are_the_manifests(path):
    text = path.read_text()
    if path.stem not in manifest():
        pytest.skip(f"no weights of {path.stem} ship")
    assert fill(text, manifest()[path.stem]) == text, f"{path.name} is out of date; card.renew writes it anew"


def test_figures_of_the_detector_are_rows_of_one_view_and_of_all():
    scores = {"full.mpjpe": 80.0, "full.p_mpjpe": 60.0, "full.ambiguity": 0.04, "full.views.mpjpe": 50.0}
    text = fill(f"{BEGIN}\n{END}\n", ENTRY | {"scores": scores | {"multiview.p_mpjpe": 90.0}})
    assert "| `full` | 80 | 60 |  |  |" in text and "| `full.views` | 50 |  |  |  |" in text
    assert "| `full.ambiguity` | 0.04 |" in text and "| `multiview.p_mpjpe` | 90 |" in text


def test_facts_and_scores_are_filled_in_and_the_rest_stays():
    text = fill(f"# Card\n\n{BEGIN}\nold 12.3\n{END}\n\nLimits.\n", ENTRY)
    assert text.startswith("# Card\n") and text.endswith(f"{END}\n\nLimits.\n") and "old" not in text
    assert "| file | `lift.safetensors`, 4.5 MB |" in text and "| licence | MIT, commercial use allowed |" in text
    assert "| `default.gt` | 52.59 | 46.18 |  |  |" in text and "| `default.gt.salsa` | 33.9 |" in text
    assert "| `multiview.p_mpjpe` | 55.1 |" in text and "| `multiview.frames` | 68 |" in text
    assert fill(text, ENTRY) == text


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}\n{BEGIN}", f"{BEGIN}\n{BEGIN}\n{END}"])
def test_a_card_without_its_place_is_refused(text):
    with pytest.raises(ValueError, match="model card"):
        fill(text, ENTRY)


def test_a_stage_without_a_card_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(model_card, "manifest", lambda: {"lift": ENTRY, "motion": ENTRY})
    (tmp_path / "lift.md").write_text(f"{BEGIN}\n{END}\n")
    update_card("lift", tmp_path)
    update_card("motion", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lift.md"]
    assert "52.59" in (tmp_path / "lift.md").read_text()
