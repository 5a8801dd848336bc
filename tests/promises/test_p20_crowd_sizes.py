"""P20: nobody, one or many: so many tracks come out, each of the same person, whoever comes, leaves or crosses.

With nobody the outputs are there, empty and valid, the exit code is 0 and report and result say so.

Seen to fail under the mutations of ``mutations/p20.yaml``: the empty clip treated as an error, one body a picture only,
absences filled whatever their length.
"""

import json

import numpy as np
import pytest
from told_detector import ToldDetector, dancer, film, tell

from dance3d.cli import main
from dance3d.contracts import Keypoints2D
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.run import run
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.predict import predict
from dance3d.stages.keypoints.settings import KeypointSettings

PELVIS = H36M17.index("pelvis")


def found(tmp_path, monkeypatch, answers, size=(640, 200)):
    """The clip and the tracks of a film in which these bodies are detected."""
    settings = tell(monkeypatch, answers)["keypoints"]
    times = np.arange(len(answers)) / 30
    clip, *tracks = predict({"video": film(tmp_path / "film.mp4", times, size)}, KeypointSettings.read(settings), None)
    assert clip.frames == len(answers) and all(track.frames == clip.frames for track in tracks)
    assert [track.person for track in tracks] == list(range(1, len(tracks) + 1))
    return tracks


def places(track):
    """(T,) where along the picture somebody is, as a share of its width; NaN where not seen."""
    return np.where(track.measured.any(1), track.xy[:, PELVIS, 0] / track.size[0], np.nan)


@pytest.mark.parametrize("people", [1, 2, 8])
def test_so_many_people_are_so_many_tracks(tmp_path, monkeypatch, people):
    at = (np.arange(people) + 0.5) / people
    answers = [[dancer(x, i / 30 + 3 * x, 0.9 / people) for x in at] for i in range(45)]
    tracks = found(tmp_path, monkeypatch, answers)
    assert len(tracks) == people
    np.testing.assert_allclose(sorted(np.nanmean(places(track)) for track in tracks), at, atol=0.02)
    assert all(track.measured.all() for track in tracks)


def test_nobody_gives_valid_empty_outputs(tmp_path, monkeypatch, capsys):
    settings = tell(monkeypatch, [[] for _ in range(12)])
    done = run(film(tmp_path / "empty.mp4", np.arange(12) / 30), tmp_path / "out", settings=settings, cache=Cache(None))
    assert done.dancers == () and done.clip.frames == 12
    said = json.loads((tmp_path / "out/result.json").read_text())
    assert said["dancers"] == [] and "nobody was found in this video" in said["warnings"]
    assert "Nobody was found" in (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert (tmp_path / "out/overlay.mp4").stat().st_size > 0
    words = ["run", str(tmp_path / "empty.mp4"), "-o", str(tmp_path / "other"), "--no-cache"]
    assert main([*words, "--set", "keypoints.backend=told"]) == 0
    assert "nobody was found" in capsys.readouterr().out


def test_nobody_in_the_first_pictures_and_a_number_that_changes(tmp_path, monkeypatch):
    def there(i):
        return [x for x, first, last in ((0.2, 10, 90), (0.5, 20, 60), (0.8, 30, 90)) if first <= i < last]

    answers = [[dancer(x, i / 30, 0.3) for x in there(i)] for i in range(90)]
    tracks = found(tmp_path, monkeypatch, answers)
    assert len(tracks) == 3
    for track in tracks:
        seen = ~np.isnan(places(track))
        x = float(np.nanmean(places(track)))
        np.testing.assert_array_equal(seen, [any(abs(x - at) < 0.05 for at in there(i)) for i in range(90)])
        assert np.isnan(track.xy[~seen]).all()


def test_two_who_cross_stay_who_they_are(tmp_path, monkeypatch):
    paths = np.array([np.linspace(0.15, 0.85, 90), np.linspace(0.85, 0.15, 90)])
    answers = [[dancer(x, i / 30 + 2 * k, 0.3 + 0.06 * k) for k, x in enumerate(paths[:, i])] for i in range(90)]
    tracks = found(tmp_path, monkeypatch, answers)
    assert len(tracks) == 2 and all(isinstance(track, Keypoints2D) for track in tracks)
    for track in tracks:
        at = places(track)
        away = np.abs(paths - at[None])[:, [5, 20, 70, 85]]
        assert (away.argmin(0) == away.argmin(0)[0]).all() and away.min(0).max() < 0.03


def test_somebody_who_leaves_and_comes_back_is_one_track_with_a_gap(tmp_path, monkeypatch):
    answers = [[dancer(0.5, i / 30, 0.6)] if not 30 <= i < 60 else [] for i in range(90)]
    (track,) = found(tmp_path, monkeypatch, answers)
    np.testing.assert_array_equal(track.measured.all(1), [not 30 <= i < 60 for i in range(90)])
    assert np.isnan(track.xy[30:60]).all() and (track.score[30:60] == 0).all()
    assert len(ToldDetector.shapes) == 90
