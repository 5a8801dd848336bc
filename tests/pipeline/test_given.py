import pytest

from dance3d.pipeline.cache_entry import InputChanged
from dance3d.pipeline.given import check, file_given, look_unchanged


def test_a_file_that_changes_is_seen_at_once_and_surely(tmp_path):
    video = tmp_path / "a.mp4"
    video.write_bytes(b"pictures")
    given = {"video": file_given(video)}
    assert look_unchanged(given) and given["video"].load() == video
    check(given)
    video.write_bytes(b"Pictures")
    assert not look_unchanged(given)
    with pytest.raises(InputChanged, match="the video was changed"):
        check(given)
    video.unlink()
    assert not look_unchanged(given)
