import torch

from dance3d.stages.lift.draws import Draw


def test_numbers_are_one_per_chunk_and_follow_the_generator():
    one, again = (Draw(torch.Generator().manual_seed(3), 5, torch.device("cpu")) for _ in range(2))
    for draw in ("normals", "uniforms"):
        made = getattr(one, draw)(2, 3)
        assert made.shape == (5, 2, 3) and torch.equal(made, getattr(again, draw)(2, 3))
    assert one.uniform(2.0, 3.0, 4).shape == (5, 1, 1, 1) and not one.chance(0.0).any() and one.chance(1.0).all()
    assert ((made := one.uniform(2.0, 3.0)) >= 2).all() and (made < 3).all() and one.normal(2).shape == (5, 1)
