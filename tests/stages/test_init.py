import pytest

from dance3d import registry, stages


def test_the_table_is_there_under_its_public_name():
    assert stages.STAGES is registry.STAGES and list(stages.STAGES) == [
        "keypoints",
        "lift",
        "detect",
        "motion",
        "genre",
    ]
    with pytest.raises(AttributeError, match=r"'dance3d\.stages' has no attribute 'STAGE'"):
        stages.STAGE  # noqa: B018
