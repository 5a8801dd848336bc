from dance3d.io import fetch
from dance3d.stages.keypoints.qualities import QUALITIES
from dance3d.stages.keypoints.settings import KeypointSettings


def test_every_quality_is_a_choice_and_its_nets_ship():
    assert {KeypointSettings(quality=name).quality for name in QUALITIES} == set(QUALITIES)
    rows = fetch.third_party()
    assert all(rows[net]["ships"] for one in QUALITIES.values() for net in (one.reader, one.finder))
