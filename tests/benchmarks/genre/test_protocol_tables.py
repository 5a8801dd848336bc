import numpy as np
import pytest
from genre_chain import fake

from dance3d.benchmarks.genre import protocol_run, protocol_tables
from dance3d.benchmarks.genre.near_duplicates import DuplicateGroups
from dance3d.stages.genre.protocols import of_clips
from dance3d.synth.choreography import choreograph


@pytest.fixture(scope="module")
def clips():
    return sorted(
        (choreograph(genre, 20.0, seed) for genre in ("salsa", "modern") for seed in (1, 2)), key=lambda c: c.name
    )


@pytest.mark.slow
def test_the_table_of_two_dances(clips, monkeypatch):
    """Everything but the size: other nets would need longer."""
    pytest.importorskip("sklearn")
    monkeypatch.setattr(protocol_run, "TRAINING", 3)
    monkeypatch.setattr(protocol_tables, "_FOLDS", 2)
    monkeypatch.setattr(protocol_tables, "_EVERY", ("both", "baseline"))
    lengths = [len(clip.xyz) for clip in clips]
    monkeypatch.setattr(protocol_tables, "_CAMERAS", 1)
    near = DuplicateGroups(
        [np.arange(n) + 10_000 * k for k, n in enumerate(lengths)],
        [np.arange(n) * 4 // n + 10 * k for k, n in enumerate(lengths)],
        {"salsa": 40.0, "modern": 40.0},
    )
    monkeypatch.setattr(protocol_tables, "near_duplicates", lambda clips: near)
    got = {key: value for some in protocol_tables.ballroom(clips, fake("salsa")) for key, value in some.items()}
    for protocol in ("time_block", "grouped", "time_block_apart", "grouped_apart"):
        assert got[f"{protocol}.macro_f1"] == got[f"{protocol}.both.macro_f1"]
        for key in (f"baseline.{protocol}", f"baseline.true.{protocol}", protocol):
            assert 0 <= got[f"{key}.macro_f1"] <= 1 and got[f"{key}.windows"] > 0
    assert "grouped.both.f1.salsa" in got and got["distinct.salsa"] == 40


def test_who_stands(clips):
    still = np.repeat(clips[0].xyz[:1], 90, 0)
    clip = clips[0].__class__(np.concatenate([clips[0].xyz[:90], still]), clips[0].fps, "a", "a", "salsa")
    (found,) = protocol_tables.standing([clip])
    assert found[110:].all() and found[20:70].mean() < 0.5


def test_nobody_is_on_both_sides_when_dancers_are_left_out(clips):
    takes = [take._replace(dancer=f"{take.genre}{n}") for n, take in enumerate(of_clips(clips))]
    for split in protocol_tables.leave_dancer_out(takes, 2):
        assert not {takes[s.take].dancer for s in split.train} & {takes[s.take].dancer for s in split.test}


def test_a_net_learns_to_tell_two_dances(clips, monkeypatch):
    monkeypatch.setattr(protocol_run, "TRAINING", 20)
    takes, chain = of_clips(clips), fake("salsa")
    tracks = protocol_run.camera_takes(protocol_tables.film(clips, 0.0, seed=0), takes, chain)
    learn = protocol_run.learners(takes, [clip.fps for clip in clips], ["modern", "salsa"])
    (split,) = protocol_tables.time_block(takes)
    found = learn["pose3d"](tracks, tracks, split)
    assert protocol_run.figures(found, ["modern", "salsa"])["accuracy"] > 0.7
    assert found.prob.sum(1) == pytest.approx(1) and len(found.window) == len(found.true)
    assert len(learn["hdvr"](tracks, tracks, split).prob) == len(found.prob)
