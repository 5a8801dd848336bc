"""Full precision inside, whatever is around it."""

import pytest
import torch

from dance3d.geometry import precision
from dance3d.geometry.precision import exact, full_precision, in_full_precision

ONE, OTHER = torch.randn(2, 8, 8, generator=torch.Generator().manual_seed(0))


def test_autocast_is_off_inside_and_on_again_outside():
    with torch.autocast("cpu", torch.bfloat16):
        assert (ONE @ OTHER).dtype == torch.bfloat16
        with full_precision():
            torch.testing.assert_close(ONE @ OTHER, (ONE.double() @ OTHER.double()).float())
        assert (ONE @ OTHER).dtype == torch.bfloat16


@pytest.mark.parametrize("before", ["highest", "high"])
def test_products_are_of_float32_inside_also_after_an_error(before):
    torch.set_float32_matmul_precision(before)
    try:
        with pytest.raises(KeyError), full_precision():
            assert torch.get_float32_matmul_precision() == "highest"
            raise KeyError
        assert torch.get_float32_matmul_precision() == before
    finally:
        torch.set_float32_matmul_precision("highest")


def test_half_precision_becomes_float32_and_the_rest_stays():
    seen = []

    @in_full_precision
    def keep(*args, **kwargs):
        seen.extend([*args, *kwargs.values()])
        return ONE @ OTHER

    whole = torch.arange(3)
    with torch.autocast("cpu", torch.bfloat16):
        assert keep(ONE.bfloat16(), whole, "text", more=OTHER.double()).dtype == torch.float32
    assert seen[0].dtype == torch.float32 and seen[1] is whole and seen[2] == "text" and seen[3].dtype == torch.float64


def test_exact_is_float32_where_there_is_no_float64(monkeypatch):
    assert exact(ONE).dtype == torch.float64
    monkeypatch.setattr(precision, "WITHOUT_FLOAT64", {"cpu"})
    assert exact(ONE).dtype == torch.float32
