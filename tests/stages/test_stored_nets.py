"""Weights files that are whole and no net of ours: one line, whatever they ask for."""

import json
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import save_file

from dance3d.io import weights
from dance3d.registry import TRAINABLE
from dance3d.stages.detect.load import load as load_detect
from dance3d.stages.genre.predict import load as load_genre
from dance3d.stages.keypoints.inference import STAGE
from dance3d.stages.keypoints.inference import load as load_keypoints
from dance3d.stages.lift.load import load as load_lift
from dance3d.stages.motion.predict import load as load_motion

LOADS = {"lift": load_lift, "detect": load_detect, "genre": load_genre, STAGE: load_keypoints, "motion": load_motion}
OWN = {"causal": False, "dropout": 0.1, "taps": [3], "width": 8}


def written(path, config, arrays=None, stage="lift"):
    text = config if isinstance(config, str) or config is None else json.dumps(config)
    metadata = {"stage": stage} | ({} if text is None else {"config": text})
    save_file(arrays or {"enter.weight": np.ones((3, 3), np.float32)}, path, metadata=metadata)
    return path


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (None, "holds no settings that rebuild its net"),
        ("[1]", "holds no settings that rebuild its net, but list"),
        ("[" * 100000, "holds no settings that rebuild its net"),
        (OWN, r"enter\.weight has the size \(3, 3\), its settings ask for \(8, 156\)"),
        ({"nosuch": 1}, "unexpected keyword argument 'nosuch'"),
        ({**OWN, "width": 10**9}, r"its settings ask for \(1000000000, 156\)"),
        ({**OWN, "width": 10**30}, "holds no net of lift"),
        ({**OWN, "width": -1}, "holds no net of lift"),
        ({**OWN, "width": "wide"}, "holds no net of lift"),
        ({**OWN, "taps": 3}, "holds no net of lift"),
        ({**OWN, "taps": [3] * 1000}, "more layers than it holds"),
    ],
    ids=range(11),
)
def test_settings_that_make_no_net_are_one_line(tmp_path, config, says):
    path = written(tmp_path / "a.safetensors", config)
    with pytest.raises(ValueError, match=says) as error:
        load_lift(path)
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize("stage", LOADS)
@pytest.mark.parametrize("config", [{}, {"nosuch": 1}, {"classes": 5, "size": "a"}])
def test_no_stage_makes_a_net_of_what_is_none(tmp_path, stage, config):
    with pytest.raises(ValueError, match="holds no net of"):
        LOADS[stage](written(tmp_path / "a.safetensors", config, stage=stage))


@pytest.mark.parametrize("stage", TRAINABLE)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_named(tmp_path, stage, value):
    arrays, config = weights.load(weights.default(stage), stage)
    name = sorted(arrays)[-1]
    arrays[name] = arrays[name].copy()
    arrays[name].flat[0] = value
    with pytest.raises(ValueError, match=f"weights '{name}' of {stage} are not finite"):
        weights.save(tmp_path / "a.safetensors", arrays, stage, config)
    assert not (tmp_path / "a.safetensors").exists()
    path = written(tmp_path / "a.safetensors", config, arrays, stage)
    with pytest.raises(ValueError, match=f"weights '{name}' are not finite"):
        LOADS[stage](path)


@pytest.mark.parametrize("stage", TRAINABLE)
def test_weights_that_ship_make_their_nets(stage):
    assert not LOADS[stage](weights.default(stage)).training


SHIPPED = """
import sys
from dance3d.io.weights import default
from dance3d.stages.{stage}.{module} import load
net = load(default("{name}"))
assert not [name for name in ("torch._dynamo", "sympy", "lightning") if name in sys.modules], sorted(sys.modules)
"""


@pytest.mark.parametrize(
    ("stage", "module", "name"),
    [("lift", "load", "lift"), ("motion", "predict", "motion"), ("genre", "predict", "genre")],
)
def test_no_compiler_is_imported_to_load_a_net(stage, module, name):
    script = SHIPPED.format(stage=stage, module=module, name=name)
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_net_stays_loaded_from_video_to_video(tmp_path):
    from dance3d.stages.motion.predict import load
    from dance3d.stages.stored_nets import kept_net

    path = weights.default("motion")
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(path.read_bytes())
    assert kept_net(path, load) is kept_net(copy, load) is not load(path)
