def test_the_shipped_weights_load_as_a_symmetric_net():
    from dance3d.io import weights
    from dance3d.stages.lift.load import load

    net = load(weights.default("lift"))
    assert not net.causal and not net.training
