import av
import numpy as np

from dance3d.visualization.take_film import TakeFilm


def test_it_is_a_video_with_as_many_frames_as_there_are_pictures(tmp_path):
    pictures = (np.full((32, 48, 3), 20 * number, np.uint8) for number in range(10))
    TakeFilm({"take": "a"}, pictures, 25.0).write(tmp_path / "a.mp4")
    with av.open(tmp_path / "a.mp4") as film:
        frames = [one.to_ndarray(format="rgb24") for one in film.decode(video=0)]
        assert film.streams.video[0].average_rate == 25
    assert len(frames) == 10 and frames[0].shape == (32, 48, 3) and abs(float(frames[9].mean()) - 180) < 4
