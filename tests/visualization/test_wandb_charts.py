import numpy as np
import pytest

from dance3d.visualization import wandb_charts


def test_a_chart_that_is_none_is_named():
    with pytest.raises(ValueError, match="kind 'pie'; choose from table, bars"):
        wandb_charts.Chart(("a",), (), "pie")
    with pytest.raises(ValueError, match="'F1' of kind bars has other than 2 columns"):
        wandb_charts.Chart(("a", "b"), (("x",),), "bars", "F1")
    with pytest.raises(ValueError, match=r"2 classes have shape \(3, 3\)"):
        wandb_charts.confusion(np.zeros((3, 3)), ["a", "b"], "")
