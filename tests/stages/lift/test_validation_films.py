import numpy as np
import pytest
import torch
from lift_clips import clips
from lift_nets import make

from dance3d.stages.lift.data import FilmedWindows
from dance3d.stages.lift.model import Lifter
from dance3d.stages.lift.validation_films import SECONDS, film, films
from dance3d.synth.virtual_cameras import film as by_cameras


@pytest.fixture(scope="module")
def takes():
    return FilmedWindows(by_cameras(clips((200, 90))), 40, 26)


def test_every_take_has_a_film_of_its_beginning(takes):
    made = list(films(make(Lifter, (3, 3, 3)), takes))
    assert [len(list(one.frames)) for one in made] == [SECONDS * 30, 80]  # whole windows
    assert len({one.facts["take"] for one in made}) == 2 and {one.facts["genre"] for one in made} == {"salsa"}
    assert not list(films(make(Lifter, (3, 3, 3)), [1, 2]))  # another method's data


class Oracle(torch.nn.Module):
    """Answers the truth, turned as a net's answer is."""

    fps, context = 30.0, (13, 13)
    inner = Lifter.inner

    def __init__(self, takes):
        super().__init__()
        self.empty = torch.nn.Parameter(torch.zeros(()))
        self.net, self.batches = make(Lifter, (3, 3, 3)), iter([takes[at] for at in range(9)])

    def read(self, *given):
        self.encoded = self.net.read(*given)
        return self.encoded

    def forward(self, features):
        return self.inner(next(self.batches).xyz[None] @ self.encoded.rotation.transpose(-1, -2))


def test_the_error_is_that_of_the_frames_shown(takes):
    assert film(Oracle(takes), takes, 0).facts["mpjpe_mm"] == pytest.approx(0, abs=0.01)
    frame = next(iter(film(make(Lifter, (3, 3, 3)), takes, 0).frames))
    assert frame.dtype == np.uint8 and frame.shape == (240, 720, 3)
