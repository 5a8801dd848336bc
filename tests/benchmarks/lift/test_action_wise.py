from dataclasses import replace

import pytest

from dance3d.benchmarks.lift.action_wise import MOVES, Curves, bench_actions, figures
from dance3d.benchmarks.lift.few_labels import bench_semi
from dance3d.movement_types import NAMES
from dance3d.stages.lift.data import VAL_GROUPS, synthetic


def test_a_method_pays_for_every_training_it_needs():
    time, short = {"a": [50.0, 100.0], "b": [50.0, 100.0]}, {"a": [10.0, 20.0], "b": [10.0, 20.0]}
    common = Curves(1, None, time, {"a": [60.0, 40.0], "b": [80.0, 60.0]}, 900)
    curves = {
        "common": common,
        "specialist": Curves(2, None, time, {"a": [50.0, 38.0], "b": [70.0, 58.0]}, 900),
        "finetuned": Curves(2, common, short, {"a": [38.0, 36.0], "b": [60.0, 58.0]}, 200),
    }
    assert curves["finetuned"].whole() == ([50.0, 100.0, 120.0, 140.0], [70.0, 50.0, 49.0, 47.0])
    found = figures(curves)
    totals = [found[f"actions.{name}.total_seconds"] for name in curves]
    assert totals == [100.0, 200.0, 140.0]
    assert [found[f"actions.{name}.samples"] for name in curves] == [900, 1800, 900 + 2 * 200]
    assert found["actions.specialist.a.mpjpe"] == 38 and found["actions.specialist.mpjpe"] == 48
    start = 1.2 * (70 + 60) / 2  # errors at half time, by hand
    assert found["actions.common.tpr"] == pytest.approx((start - 50) / 100)
    assert found["actions.specialist.tpr"] == pytest.approx((start - 48) / 100)
    assert found["actions.specialist.tpr_total"] == pytest.approx((start - 48) / 200)
    assert found["actions.common.time_to_error"] == 100  # 50 mm is what all reach
    assert found["actions.specialist.time_to_error"] == pytest.approx(100 + 100 * 10 / 12)
    assert found["actions.common.area"] == pytest.approx((60 * 50 + 50 * 100) / 150)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of motion capture with two seconds of every take, some of them held out."""
    takes = {clip.genre: clip.part(0, 60) for clip in synthetic(0.5)}
    salsa, indian = takes["salsa"], takes["indian"]
    names = [(salsa, f"salsa_{n:02d}") for n in (1, 2, 13)] + [(indian, f"indian_{n:02d}") for n in (1, 8)]
    clips = [replace(clip, name=name, group=name, split="test" * (name == "salsa_13")) for clip, name in names]
    assert "indian_08" in VAL_GROUPS
    monkeypatch.setattr("dance3d.stages.lift.data.load_motion", lambda path: clips)
    return tmp_path


def test_the_benches_train_every_method_and_score_what_never_trained(folder):
    found = bench_actions(0.1, {"salsa": ("salsa",), "indian": ("indian",)}, folder)
    samples = {method: found[f"actions.{method}.samples"] for method in ("common", "longer", "specialist")}
    assert samples["specialist"] == 2 * samples["common"]  # equation 3: each sees as many as the common one
    assert samples["longer"] >= samples["common"] > 0 and samples["common"] % (32 * 16) == 0
    units = [found[f"actions.specialist.{genre}.unit_epochs"] for genre in ("salsa", "indian")]
    assert units == [(120 + 60) // 120, (120 + 60) // 60]  # salsa has two takes to train on
    for method in ("common", "longer", "specialist", "finetuned"):
        rows = {name.removeprefix(f"actions.{method}."): v for name, v in found.items() if f".{method}." in name}
        assert rows["mpjpe"] == pytest.approx((rows["salsa.mpjpe"] + rows["indian.mpjpe"]) / 2)
        assert rows["mpjpe"] > 0 and rows["area"] > 0 and rows["time_to_error"] <= rows["total_seconds"]
    found = bench_semi(0.1, (0.4,), folder)
    methods = ("supervised", "reprojection", "adoption", "invented")
    assert set(found) == {f"semi.40.{m}.{k}" for m in methods for k in ("mpjpe", "p_mpjpe", "n_mpjpe")}
    each = {m: tuple(value for name, value in found.items() if f".{m}." in name) for m in methods}
    assert len(set(each.values())) == len(methods) and min(found.values()) > 0


def test_a_genre_without_takes_is_refused(folder):
    with pytest.raises(ValueError, match="'polka' has no take to train on; choose from indian, salsa"):
        bench_actions(0.1, {"polka": ("polka",)}, folder)


@pytest.mark.slow
def test_movements_are_actions_too(folder):
    """Stretches in which the rules see one, of takes that train and of others."""
    found = bench_actions(0.05, {"bend": ("l_knee.bend", "r_knee.bend", "l_forearm.flex")}, folder)
    assert found["actions.specialist.bend.mpjpe"] > 0 and found["actions.specialist.bend.unit_epochs"] == 1
    assert all(len(names) > 0 and set(names) <= set(NAMES) for names in MOVES.values())
