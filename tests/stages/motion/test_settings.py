import pytest

from dance3d.pipeline.cache import Cache
from dance3d.pipeline.runner import Runner
from dance3d.stages.motion.settings import MotionSettings


def test_own_types_are_a_file_or_none():
    assert MotionSettings().types is None
    assert MotionSettings(types="own.yaml").plain() == {"types": "own.yaml"}
    with pytest.raises(ValueError, match="stage motion has no setting 'type'; its settings are: types"):
        MotionSettings.read({"type": "own.yaml"})


def test_types_that_cannot_be_read_are_known_before_anything_runs(tmp_path):
    for name, text, says in (("none", None, "none.yaml"), ("bad", "torso.x: 7", "torso.x")):
        path = tmp_path / f"{name}.yaml"
        if text:
            path.write_text(text)
        with pytest.raises(ValueError, match=says):
            Runner(Cache(tmp_path / "cache"), {"motion": {"types": str(path)}})
