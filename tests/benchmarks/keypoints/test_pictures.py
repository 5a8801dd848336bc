import json

import cv2
import numpy as np
import pytest

from dance3d.benchmarks.keypoints import pictures as module
from dance3d.benchmarks.keypoints.pictures import coco_joints, pictures
from dance3d.skeleton import BLAZEPOSE33, COCO17, H36M17
from dance3d.stages.keypoints.detectors import DETECTORS

SIZE = (200, 300, 3)
PLACES = np.random.default_rng(0).uniform(20, 180, (17, 2))


MADE = []


class Told:
    """Knows the person; each picture after the first is told wrong, as by a detector that goes on from the last."""

    layout, made = COCO17.name, MADE

    def __init__(self, model, people, *, fps=30.0):
        assert model is None and people is None
        self.looks = 0
        self.made.append(self)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, at):
        self.closed = True

    def __call__(self, image):
        assert image.shape == SIZE
        self.looks += 1
        return self.bodies() if self.looks == 1 else []

    def bodies(self):
        return [np.column_stack([PLACES, np.full(17, 0.7)])]


class Steady(Told):
    """Can be put back to its start."""

    def state(self):
        return {"looks": np.array(self.looks)}

    def restore(self, state):
        self.looks = int(state["looks"])


class Preset(Told):
    def __init__(self, model, people, *, fps=30.0, quality="balanced"):
        super().__init__(model, people, fps=fps)
        self.quality = quality

    def bodies(self):
        return [] if self.quality == "fast" else super().bodies()


@pytest.fixture
def kinds(monkeypatch):
    """Three detectors, none of which needs anything."""
    MADE.clear()
    for kind in (Told, Steady, Preset):
        monkeypatch.setitem(DETECTORS, kind.__name__.lower(), f"{__name__}:{kind.__name__}")
    monkeypatch.setattr(module, "resolve", {"told": Told, "steady": Steady, "preset": Preset}.__getitem__)


@pytest.fixture
def labelled(tmp_path):
    """Three pictures of one person."""
    points = np.column_stack([PLACES, np.full(17, 2)]).ravel().tolist()
    index = {
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO17.joints)}],
        "images": [{"id": n, "file_name": f"{n}.png"} for n in range(3)],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 1, "bbox": [0, 0, 200, 200], "area": 2e4, "keypoints": points}
            for n in range(3)
        ],
    }
    for n in range(3):
        cv2.imwrite(str(tmp_path / f"{n}.png"), np.zeros(SIZE, np.uint8))
    (tmp_path / "set.json").write_text(json.dumps(index))
    return tmp_path / "set.json"


def figures(*given):
    return {name: value for found in pictures(*given) for name, value in found.items()}


@pytest.mark.parametrize("kind", [Told, Steady])
def test_every_picture_is_the_first(kinds, labelled, kind):
    found = figures([labelled], (), [kind.__name__.lower()])
    assert {name: found[f"pictures.{name}"] for name in ("ap", "ap50", "ap17", "pck")} == dict.fromkeys(
        ("ap", "ap50", "ap17", "pck"), 1.0
    )
    assert (found["pictures.images"], found["pictures.found"], found["pictures.people"]) == (3, 3, 3)
    assert found["pictures.false"] == 0 and found["pictures.ms"] >= 0
    assert len(MADE) == (1 if kind is Steady else 4)  # the warm-up's, and one for each picture
    assert all(one.closed for one in MADE)


def test_several_detectors_and_presets_have_their_own_names(kinds, labelled, caplog):
    found = figures([labelled], (), ["told", "preset"], ["fast", "best"])
    assert found["pictures.told.ap"] == 1 and "no presets" in caplog.text
    assert (found["pictures.preset.fast.found"], found["pictures.preset.best.found"]) == (0, 3)
    alone = figures([labelled], (), ["preset"], ["fast"])
    assert alone["pictures.found"] == 0 and alone["pictures.ap"] == 0
    assert figures([labelled, labelled], (), ["told"])["pictures.people"] == 6


def test_what_cannot_be_scored_is_said(kinds, labelled, monkeypatch):
    monkeypatch.undo()
    with pytest.raises(ValueError, match="backend 'nothing' is not known; choose from"):
        figures([labelled], (), ["nothing"])
    monkeypatch.setattr(module.requirements, "missing", lambda name: f"backend {name!r} needs more")
    with pytest.raises(ValueError, match="'mediapipe' needs more"):
        figures([labelled], (), ["mediapipe"])
    with pytest.raises(ValueError, match="2 folders of images for 1 sets"):
        figures([labelled], [labelled.parent] * 2)


def test_all_means_those_that_are_installed(kinds, labelled, monkeypatch, caplog):
    monkeypatch.setattr(module.requirements, "missing", lambda name: "" if name in ("told", "preset") else "not here")
    found = figures([labelled], (), ["all"])
    assert {"pictures.told.ap", "pictures.preset.ap"} < set(found)
    assert "no figures of mediapipe: not here" in caplog.text


def test_joints_of_layouts():
    assert coco_joints(COCO17.name) == COCO17.joints == coco_joints(BLAZEPOSE33.name)
    assert set(coco_joints(H36M17.name)) == {j for j in COCO17.joints if j[-3:] not in ("eye", "ear", "ose")}


def test_the_real_pictures(data_dir):
    pytest.importorskip("mediapipe")
    found = figures([data_dir / "masks" / "coco" / "test_coco.json"], (), ["mediapipe"])
    assert found["pictures.people"] == 12 and found["pictures.found"] >= 7 and found["pictures.ap"] > 0.3
