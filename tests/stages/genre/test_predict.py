import subprocess
import sys

import lightning as L
import numpy as np
import pytest
import torch
from genre_calls import call
from genre_tracks import SIGNS, track, write

from dance3d import api
from dance3d.contracts import Genre, Movements, Pose3D
from dance3d.io import artefacts
from dance3d.movement_types import NAMES
from dance3d.stages.genre.data import GenreData
from dance3d.stages.genre.features import WIDTH
from dance3d.stages.genre.model import GenreNet
from dance3d.stages.genre.module import GenreModule
from dance3d.stages.genre.predict import load, predict
from dance3d.stages.genre.settings import GenreSettings
from dance3d.training.callbacks.artefact_writer import ArtefactWriter


class Trained(GenreModule):
    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-2)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("genre")
    L.seed_everything(0, verbose=False)
    data = GenreData(**write(folder / "x"), steps=12, batch=8)
    trainer = L.Trainer(
        max_epochs=8, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=folder,
    )  # fmt: skip
    module = Trained(hidden=32)
    trainer.fit(module, data)
    assert trainer.callback_metrics["val/macro_f1"] > 0.6
    assert module.validation_pictures()["val/confusion"].dtype == np.uint8
    [scores] = trainer.test(module, data, verbose=False)
    assert scores["test/accuracy"] > 0.6
    trainer.callbacks.append(ArtefactWriter(folder / "made"))
    trainer.predict(module, data, return_predictions=False)
    made = [artefacts.load(path, Genre) for path in sorted((folder / "made").glob("*.npz"))]
    assert len(made) == 12 and np.mean([g.best == list(SIGNS)[n // 4] for n, g in enumerate(made)]) > 0.75
    module.export(folder / "genre.safetensors")
    return folder / "genre.safetensors"


def test_dances_that_were_not_trained_on_are_named(weights):
    tracks = [(genre, track(genre, seed)) for genre in SIGNS for seed in (31, 32, 33)]
    found = call(weights, [t for _, t in tracks])
    right = [f.best == genre for f, (genre, _) in zip(found, tracks, strict=True)]
    assert np.mean(right) > 0.75
    for f in found:
        assert f.classes == tuple(sorted(SIGNS)) and abs(f.prob.sum() - 1) < 1e-5


def test_the_evidence_is_what_the_classes_differ_by(weights):
    pieces = {genre: call(weights, [track(genre, 40)])[0] for genre in SIGNS}
    named = [genre for genre, g in pieces.items() if g.best == genre]
    assert len(named) >= 2
    for genre in named:
        evidence = pieces[genre].evidence
        assert 1 <= len(evidence) <= 5 and evidence[0].movement == SIGNS[genre]
        assert [e.weight for e in evidence] == sorted((e.weight for e in evidence), reverse=True)
        assert all(0 <= e.start < e.stop <= 20.1 and 0 < e.weight <= 1 for e in evidence)
        # it is made at 10/30 s for a second, and every two seconds again, which is more than one piece may bridge
        assert evidence[0].stop - evidence[0].start == pytest.approx(1.0, abs=0.2) or evidence[0].stop > 5


def test_the_setting_evidence_bounds_what_is_given(weights):
    pose, moves = track("salsa", 40)
    inputs = {"lift": [pose], "motion": [moves]}
    one, none = (api.predict("genre", inputs, {"evidence": most}, weights)[0] for most in (1, 0))
    assert len(one.evidence) == 1 and none.evidence == ()


def test_hiding_the_evidence_lowers_the_probability(weights):
    for genre in SIGNS:
        pose, moves = track(genre, 41)
        before = call(weights, [(pose, moves)])[0]
        if before.best != genre:
            continue
        prob = moves.prob.copy()
        prob[:, NAMES.index(before.evidence[0].movement)] = 0.05
        after = call(weights, [(pose, Movements(prob, moves.time))])[0]
        index = before.classes.index(genre)
        assert before.prob[index] - after.prob[index] > 0.5 * before.evidence[0].weight


def test_nobody_is_of_every_class(weights):
    pose, moves = track("salsa", 1)
    gone = Pose3D(np.full_like(pose.xyz, np.nan), pose.measured, pose.error, pose.time, person=3)
    nothing = Movements(np.full_like(moves.prob, np.nan), moves.time)
    [found] = call(weights, [(gone, nothing)])
    assert np.allclose(found.prob, 1 / 3) and found.evidence == () and found.person == 3


@pytest.mark.parametrize("frames", [1, 2, 40])
def test_short_clips_have_a_genre(weights, frames):
    pose, moves = track("martial", 2)
    short = Pose3D(pose.xyz[:frames], pose.measured[:frames], pose.error[:frames], pose.time[:frames])
    [found] = call(weights, [(short, Movements(moves.prob[:frames], moves.time[:frames]))])
    assert np.isfinite(found.prob).all() and abs(found.prob.sum() - 1) < 1e-5


def test_gaps_do_not_decide(weights):
    pose, moves = track("martial", 35)
    xyz = pose.xyz.copy()
    xyz[100:130] = np.nan
    whole, gappy = call(
        weights, [(pose, moves), (Pose3D(xyz, pose.measured, pose.error, pose.time, up=pose.up), moves)]
    )
    assert np.abs(whole.prob - gappy.prob).max() < 0.5 and np.isfinite(gappy.prob).all()


def test_tracks_do_not_change_one_another(weights):
    tracks = [track(genre, 50) for genre in SIGNS]
    for alone, together in zip([call(weights, [t])[0] for t in tracks], call(weights, tracks), strict=True):
        assert np.array_equal(alone.prob, together.prob) and alone.evidence == together.evidence
    assert call(weights, tracks[:1], evidence=0)[0].evidence == ()


def test_weights_come_back(weights):
    net = load(weights)
    assert net.classes == tuple(sorted(SIGNS)) and not net.training and net.mean.abs().sum() > 0
    logits = net(torch.zeros(2, 5, WIDTH), torch.ones(2, 5))
    assert logits.shape == (2, 3)


def test_what_does_not_fit_is_said(weights):
    with pytest.raises(ValueError, match="genre needs weights"):
        predict({"lift": [], "motion": []}, GenreSettings(), None)
    with pytest.raises(ValueError, match="0 tracks of movements and 1 of poses"):
        predict({"lift": [track("salsa", 0)[0]], "motion": []}, GenreSettings(), weights)
    with pytest.raises(ValueError, match="two or more"):
        GenreNet(("salsa",), WIDTH)
    with pytest.raises(ValueError, match=r"\(1, 2, 7\), expected"):
        load(weights)(torch.zeros(1, 2, 7), torch.ones(1, 2))


def test_segments_votes_and_odds(weights):
    whole, half = track("salsa", 3), track("martial", 3, seconds=10.0)
    both = call(weights, [whole, half])
    assert sum(one.weight for one in both) == pytest.approx(1) and all(0 <= one.known <= 1 for one in both)
    times = [(s.start, s.stop) for s in both[1].segments]
    expected = [(0, 5), (2.5, 7.5), (5, 10)]
    assert times[0][0] == 0 and np.allclose(times[:3], expected, atol=0.03)
    mean = np.mean([s.prob for s in both[0].segments], 0)
    assert np.abs(mean - both[0].prob).max() < 0.02, "the clip is the mean of its segments"


def test_predicting_does_not_import_lightning():
    code = "import sys, dance3d.stages.genre.predict; sys.exit('lightning' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
