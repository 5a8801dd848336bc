import numpy as np
import pytest

from dance3d.benchmarks.keypoints.tracking import SeenCouple, score, table
from dance3d.contracts.detections import Identities
from dance3d.synth.crowd import Flaws, detections, gathering, truth


@pytest.fixture(scope="module")
def seen():
    """Two clips of one who stays and one who crosses behind, seen by a faultless detector; and who is who."""
    spotless = Flaws(noise=0, miss=0, half=-9, pull=0, covered=0, double=0, ghost=0, exchanged=0)
    clips, owners = [], []
    for seed in (1, 2):
        crowd = gathering(("stay", "through"), 2.0, seed)
        known = truth(crowd)
        found, owner = detections(crowd, known, np.random.default_rng(0), spotless)
        clips.append(SeenCouple(crowd, known, found))
        owners.append(owner)
    return clips, {id(clip.detections): owner for clip, owner in zip(clips, owners, strict=True)}


def test_who_knows_everything_gets_full_marks(seen):
    clips, owners = seen
    figures = score(clips, lambda found, people: Identities(owners[id(found)]))
    assert figures.pop("switches") == 0 and figures.pop("crossings") == 2
    assert figures == pytest.approx(dict.fromkeys(figures, 1.0))


def test_who_changes_names_at_crossings_pays_for_it(seen):
    clips, owners = seen

    def changeable(found, people):
        own = owners[id(found)]
        [known] = [clip.known for clip in clips if clip.detections is found]
        crossed = found.frame >= np.mean([(e.start + e.stop) / 2 for e in known.encounters if e.exchanged])
        return Identities(np.where(crossed, own, 3 - own))

    figures = score(clips, changeable)
    assert figures["switches"] == 4 and figures["crossings_held"] == 0 and figures["idf1"] < 0.8
    assert figures["recall"] == 1


def test_short_absences_are_filled_in_the_tracks(seen):
    [clip, _], owners = seen
    gone = np.isin(clip.detections.frame, (20, 21, 22))
    holes = SeenCouple(clip.crowd, clip.known, clip.detections.take(~gone))

    def knowing(found, people):
        return Identities(owners[id(clip.detections)][~gone])

    bare, filled = score([holes], knowing), score([holes], knowing, filled=True)
    assert bare["recall"] == pytest.approx(1 - 6 / clip.known.there().sum())
    assert filled["recall"] == filled["idf1"] == 1


def test_every_tracker_has_its_rows(seen):
    names = {key.rsplit(".", 1)[0] for piece in table(seen[0], "t") for key in piece}
    assert {"t", "t.untouched", "t.told", "t.filled"} <= names
    figures = {key: value for piece in table(seen[0], "t") for key, value in piece.items()}
    assert figures["t.crossings"] == 2 and all(0 <= figures[f"{name}.idf1"] <= 1 for name in names)
