import torch

from dance3d.movement_types import NAMES
from dance3d.stages.genre.features import BLOCKS, JOINTS, MOVES, WIDTH
from dance3d.stages.genre.outlier_exposure import LOWER, exposed_loss, outlier_windows


def test_outliers_are_legs_of_one_and_arms_of_another():
    values = torch.arange(4.0)[:, None, None].expand(4, 50, WIDTH).clone()
    torch.manual_seed(0)
    made, there = outlier_windows(values, torch.ones(4, 50), torch.arange(4), noise=0.0)
    assert made.shape[1:] == (50, WIDTH) and there.shape == made.shape[:2] and torch.isfinite(made).all()
    mixed = [x for x in made if x.unique().numel() == 2]
    assert mixed
    for one in mixed:
        assert one[:, LOWER].unique().numel() == one[:, ~LOWER].unique().numel() == 1
    assert LOWER[NAMES.index("hips.sway")] and not LOWER[NAMES.index("l_arm.raise_side")]
    ankle, wrist = (MOVES + 3 * JOINTS.index(f"left_{joint}") for joint in ("ankle", "wrist"))
    assert LOWER[ankle] and not LOWER[wrist] and LOWER[BLOCKS["pose2d"]].sum() == 18


def test_one_class_has_no_mixtures():
    made, _ = outlier_windows(torch.rand(8, 50, WIDTH), torch.ones(8, 50), torch.zeros(8, dtype=torch.long))
    assert len(made) == 4, "still and slow ones alone"


def test_the_loss_wants_classes_of_known_windows_and_no_class_of_strangers():
    values, present, genre = torch.zeros(6, 50, WIDTH), torch.ones(6, 50), torch.tensor([0, 0, 0, 0, 2, 2])
    values[:4, :, 0] = 1

    def loss(known, stranger, strange=0.5):
        def answers(x, there):
            return torch.where(x[:, -1:, 0] > 0.5, torch.tensor(known), torch.tensor(stranger))

        return float(exposed_loss(answers, values, present, genre, values, 0.0, strange))

    assert loss([4.0, 0.0], [0.0, 0.0]) < loss([4.0, 0.0], [0.0, 4.0]), "strangers must be of no class"
    assert loss([4.0, 0.0], [0.0, 0.0], 0.0) == loss([4.0, 0.0], [0.0, 4.0], 0.0) < loss([0.0, 4.0], [0.0, 0.0], 0.0)
