import json
from pathlib import Path

import pytest
from genre_tracks import write

from dance3d.benchmarks.genre import clean_upstream
from dance3d.benchmarks.genre.clean_upstream import windows
from dance3d.contracts import NONE


@pytest.mark.slow
def test_a_training_set_is_cross_fitted(tmp_path, monkeypatch):
    monkeypatch.setattr(clean_upstream, "STEPS_TRAINED", 12)
    where = write(tmp_path / "x", seeds=range(3))
    lines = json.loads(Path(where["index"]).read_text())
    lines = [line | ({"genre": NONE, "group": f"s{n}"} if n >= 6 else {}) for n, line in enumerate(lines)]
    Path(where["index"]).write_text(json.dumps(lines))
    tracks = clean_upstream.read(*(Path(where[name]) for name in ("index", "poses", "movements")))
    one = windows(tracks, [(0, 0, 200), (1, 0, 30)])
    assert len(one.values) == len(one.laban) == 5 and one.track.tolist() == [0, 0, 0, 0, 1]
    found = clean_upstream.cross_fit(tracks, {"s": tracks[-1:]}, ["martial", "salsa"], 0, reads="both", exposed=True)
    assert len(found.true) == 24 and len(found.strange["s"]) == 3 and all(len(logits) for logits, _ in found.tuned)
    assert set(found.fold) == {0, 1, 2} and (found.trees.argmax(1) == found.true).mean() >= 0.4
