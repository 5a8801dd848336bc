from dance3d.stages.detect import speed


def test_both_ways_of_drawing_are_measured_and_agree():
    found = speed._drawing(speed._poses(2), 32, 0.0)
    assert set(found) == {"ms", "direct_ms", "ratio", "gradient_difference"}
    assert found["gradient_difference"] < 1e-4 and min(found.values()) >= 0


def test_triangulation_is_measured_on_what_it_can_solve():
    (gradient,) = speed._triangulation()()
    assert gradient.shape == (32, 4, 18, 2) and gradient.isfinite().all() and gradient.abs().max() > 0.1
