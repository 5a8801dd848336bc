import pytest
from real_takes import make_take

from dance3d.benchmarks.motion import scores
from dance3d.datasets.mocap import load_motion
from dance3d.io import weights as files
from dance3d.stages.motion.model import MotionNet
from dance3d.stages.motion.predict import predict as recognise
from dance3d.stages.motion.settings import MotionSettings
from dance3d.synth.virtual_cameras import film


@pytest.fixture
def take(data_dir, tmp_path):
    return make_take(data_dir, tmp_path)


def test_figures_of_a_perfect_lifter(take, tmp_path, monkeypatch):
    folder = take("modern", "05_02")
    weights = tmp_path / "motion.safetensors"
    net = MotionNet(hidden=4)
    files.save(weights, {name: value.numpy() for name, value in net.state_dict().items()}, "motion", net.config)

    def predict(stage, inputs, settings=None):
        if stage == "lift":
            return [one.truth for one in film(load_motion(folder), 5.0)]
        return recognise(inputs, MotionSettings.read(settings), weights)

    monkeypatch.setattr(scores, "read_films", lambda takes, predict: film(takes, 5.0))  # rendering takes long
    figures = {name: value for some in scores.bench(folder, predict) for name, value in some.items()}
    assert figures["rules.macro_f1"] == 1
    assert {name for name in figures if name.endswith("hips.macro_f1")} == {
        f"{kind}{level}hips.macro_f1"
        for kind in ("", "rules.", "exact.", "exact.rules.", "true.")
        for level in ("", "onset.", "overlap.")
    }
    assert figures["macro_f1"] == 1  # an untrained net says what the rules hint at
    assert figures["macro_f1"] == figures["true.macro_f1"]
