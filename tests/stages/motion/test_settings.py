import pytest

from dance3d.stages.motion.settings import MotionSettings


def test_own_types_are_a_file_or_none():
    assert MotionSettings().types is None
    assert MotionSettings(types="own.yaml").plain() == {"types": "own.yaml"}
    with pytest.raises(ValueError, match="stage motion has no setting 'type'; its settings are: types"):
        MotionSettings.read({"type": "own.yaml"})
