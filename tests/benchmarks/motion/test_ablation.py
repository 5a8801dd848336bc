import pytest

from dance3d.benchmarks.motion import ablation
from dance3d.benchmarks.motion.ablation import GAINS, WAYS, trials
from dance3d.stages.motion.model import MotionNet
from dance3d.synth.choreography import choreograph


@pytest.fixture
def budgets(monkeypatch):
    """Two seconds of one take, and nets that have learnt nothing; what each was given."""
    given = []
    monkeypatch.setattr(ablation, "bench_takes", lambda folder: [choreograph("salsa", 2.0, 1)])
    monkeypatch.setattr(ablation, "_write", lambda folder, predict: None)

    def trained(folder, model, seconds):
        given.append((model, seconds))
        return MotionNet(**{"hidden": 8, **model}).eval()

    monkeypatch.setattr(ablation, "_trained", trained)
    return given


def test_every_way_gets_its_share_and_gains_come_as_soon_as_both_are_there(budgets):
    def predict(stage, inputs, settings):
        assert stage == "lift"
        return [one.truth for one in ablation.film(ablation.bench_takes(None), 0.0)]

    pieces = list(trials(50.0, predict))
    assert budgets == [(model, 10.0) for model in WAYS.values()]
    expected = []
    for way in WAYS:
        expected += [f"trained.{way}", *(f"gain_of_3d.{name}" for name, (_, flat) in GAINS.items() if flat == way)]
    assert [".".join(next(iter(piece)).split(".")[:2]) for piece in pieces] == expected
    figures = {name: value for piece in pieces for name, value in piece.items()}
    for name, (space, flat) in GAINS.items():
        gain = figures[f"trained.{space}.macro_f1"] - figures[f"trained.{flat}.macro_f1"]
        assert figures[f"gain_of_3d.{name}.all"] == pytest.approx(gain, abs=1e-4)
    assert figures["trained.shipped.macro_f1"] > 0.5  # the rules hint, on true poses
