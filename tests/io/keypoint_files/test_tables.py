import keypoint_writers as write
from keypoint_writers import FPS, SIZE, check

from dance3d.io.keypoint_files import read


def test_named_individuals_keep_their_names(tmp_path):
    anna, ben = read(write.deeplabcut(tmp_path / "k.csv", persons=["anna", "ben"]), size=SIZE, fps=FPS)
    assert (anna.name, anna.person, ben.name, ben.person) == ("anna", 1, "ben", 2)
    check(anna.xy)
    check(ben.xy - (50, 0))
    ida, jon = read(write.sleap(tmp_path / "s.csv", tracks=("ida", "jon")), size=SIZE, fps=FPS)
    assert (ida.name, jon.name) == ("ida", "jon")
    check(jon.xy - (50, 0))
