import numpy as np
import pytest
import torch
import yaml

from dance3d.stages.genre.features import BLOCKS, READS, WIDTH
from dance3d.stages.genre.model import GenreNet, open_set_scores
from dance3d.training.fit import config


def test_scores_of_logits():
    got = open_set_scores(torch.tensor([[2.0, 0.0], [100.0, 0.0]]))
    assert got[0, 0] == pytest.approx(2.0) and got[1, 0] == 9
    assert got[0, 1] == pytest.approx(np.log(np.exp(2) + 1), abs=1e-5)


def test_an_answer_is_calibrated_and_open():
    net = GenreNet(("a", "b"), WIDTH, hidden=8).eval()
    x, here = torch.randn(3, 50, WIDTH), torch.ones(3, 50)
    with torch.no_grad():
        before, all_known = net.answer(x, here)
        net.temperature.fill_(4.0)
        net.opening.copy_(torch.tensor([0.0, 0.0, -2.0]))
        after, none = net.answer(x, here)
    assert (after.max(1).values < before.max(1).values).all() and (after.argmax(1) == before.argmax(1)).all()
    assert (all_known > 0.99).all() and (none < 0.2).all() and torch.allclose(after.sum(1), torch.ones(3).double())


def test_hdvr_s_form_is_softmax_of_the_last_state_of_an_lstm_over_both_blocks():
    settings = yaml.safe_load(config("genre_paper").read_text())["model"]
    blocks = tuple((BLOCKS[name].start, BLOCKS[name].stop) for name in READS["both"])
    net = GenreNet(("a", "b"), WIDTH, blocks, 8, pooled=settings["pooled"], embedded=settings["embedded"]).eval()
    x, here = torch.randn(3, 50, WIDTH), torch.ones(3, 50)
    read = torch.cat([x[..., BLOCKS["movements"]], x[..., BLOCKS["pose3d"]]], -1)
    _, (last, _) = net.lstm(read.clamp(-5, 5))
    assert torch.allclose(net(x, here), net.out(last[0])) and net.embed is None and not net.lstm.bidirectional
    assert net.lstm.input_size == read.shape[-1] and GenreNet(**net.config).config == net.config
    assert all(settings[name] == 0 for name in ("strange", "hide_movements", "hide_pose", "smoothing"))


def test_only_a_graded_net_has_a_threshold_for_naming():
    old, new = GenreNet(("a", "b"), WIDTH, hidden=8), GenreNet(("a", "b"), WIDTH, hidden=8, graded=True)
    new.named.fill_(0.7)
    assert old.least == (0.5, 0.0) and new.least == (0.5, pytest.approx(0.7))
    assert "named" not in old.state_dict() and "named" in new.state_dict()
    assert not GenreNet(**{k: v for k, v in old.config.items() if k != "graded"}).graded, "files from before"
