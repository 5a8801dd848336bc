import pytest

from dance3d.benchmarks import many_videos as module
from dance3d.benchmarks.many_videos import cut_clips, side_by_side
from dance3d.io.video.reader import VideoReader
from dance3d.synth.crowd import film, gathering


@pytest.fixture
def videos(tmp_path):
    for name, seconds in (("a", 0.5), ("b", 0.3)):
        film(gathering((), seconds, 1, (160, 90)), tmp_path / "films" / name)
    return tmp_path / "films"


def test_clips_are_cut_from_all_videos_in_turns(videos, tmp_path):
    made = cut_clips(videos, tmp_path / "clips", 4, 0.2)
    assert [path.stem for path in made] == [f"{number}-video" for number in range(4)]
    counts = []
    for path in made:
        with VideoReader(path) as reader:
            counts.append(sum(1 for _ in reader))
    assert counts == [6, 6, 6, 3]
    with pytest.raises(ValueError, match=r"gives 5 clips of 0\.2 s, expected 8"):
        cut_clips(videos, tmp_path / "more", 8, 0.2)


@pytest.mark.slow
def test_results_side_by_side_are_those_of_one_after_the_other(data_dir, monkeypatch):
    monkeypatch.setattr(module, "CLIPS", 2)
    folder = data_dir / "video"
    cut = cut_clips
    monkeypatch.setattr(module, "cut_clips", lambda folder, out: cut(folder, out, 2, 1.5))
    figures = side_by_side(folder)
    assert figures["many.differing"] == 0 and figures["many.times"] > 0
