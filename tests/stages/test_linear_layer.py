import numpy as np
import pytest

from dance3d.stages.linear_layer import PENALTY, SPREAD, fit_linear


def squares(wanted):
    """Half the squared error, whose best layer is known: ridge regression."""
    return lambda logits: (((logits - wanted) ** 2).sum(1) / 2, logits - wanted)


@pytest.mark.parametrize("outputs", [1, 3])
def test_the_layer_is_the_one_with_the_least_penalised_loss(outputs):
    draw = np.random.default_rng(0)
    states = draw.standard_normal((200, 4)) * [1, 20, 0.3, 1] + [0, 5, 0, 100]
    wanted = draw.standard_normal((200, outputs))
    share = draw.random(200)
    share /= share.sum()
    matrix, bias = fit_linear(states, share, outputs, squares(wanted))
    mean = share @ states
    spread = np.sqrt(share @ (states - mean) ** 2)
    x = (states - mean) / spread
    true = np.linalg.solve((x.T * share) @ x + PENALTY * np.eye(4), (x.T * share) @ (wanted - share @ wanted)).T
    np.testing.assert_allclose(matrix, true / spread, atol=1e-4)
    np.testing.assert_allclose(states @ matrix.T + bias, x @ true.T + share @ wanted, atol=1e-3)


def test_a_state_that_hardly_changes_gets_no_great_weight():
    draw = np.random.default_rng(1)
    wanted = draw.standard_normal((100, 1))
    states = np.concatenate([1e-6 * wanted, draw.standard_normal((100, 1))], 1)
    matrix, _ = fit_linear(states, np.full(100, 0.01), 1, squares(wanted))
    assert abs(matrix[0, 0]) < 1e-3 / SPREAD
