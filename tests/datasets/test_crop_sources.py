"""Footage of any kind becomes crops by one command, and what is left out is counted."""

import cv2
import numpy as np
import pytest
from footage_sets import write_video

from dance3d.cli import main
from dance3d.contracts.footage import Moment
from dance3d.datasets import crop_sources
from dance3d.datasets.crop_folder import Crops
from dance3d.datasets.crop_sources import KINDS, FootageCounts, moments, one_person_each, recognise, write_crops
from dance3d.io.images import assumed_lens
from dance3d.masks.segmentation.instances import one_person

SHAPE = (60, 80)


def blob(top, left, high=20, wide=10):
    mask = np.zeros(SHAPE, bool)
    mask[top : top + high, left : left + wide] = True
    return mask


def moment(*masks, name="a", frame=0):
    picture = np.full((*SHAPE, 3), 90, np.uint8)
    lens = assumed_lens(picture)
    return Moment(name, name, "train", frame, (picture,) * len(masks), masks, (lens,) * len(masks))


def write_images(folder, masks):
    for part in ("rgb", "mask"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for n, mask in enumerate(masks):
        cv2.imwrite(str(folder / "rgb" / f"{n}.png"), np.full((*SHAPE, 3), 10 * n, np.uint8))
        cv2.imwrite(str(folder / "mask" / f"{n}.png"), mask.astype(np.uint8) * 255)
    return folder


def test_layouts_are_recognised(tmp_path):
    for kind, path in {
        "human36m": "h/S9/Videos/Walking.54138969.mp4",
        "mpi3dhp": "m/S1/Seq2/imageSequence/video_0.avi",
        "multiview": "v/calibration/Calib.qca.txt",
        "coco": "c/annotations/people.json",
        "images": "i/rgb/1.png",
        "video": "films/a.MP4",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).touch()
        assert recognise(tmp_path / path.split("/")[0]) == kind
    assert recognise(tmp_path / "films" / "a.MP4") == "video"
    (tmp_path / "none").mkdir()
    with pytest.raises(ValueError, match=r"of no known kind; expected human36m: a folder.*video: a video"):
        recognise(tmp_path / "none")
    with pytest.raises(ValueError, match="no such file or folder"):
        recognise(tmp_path / "nowhere")


def test_real_footage_is_recognised(data_dir):
    for path, kind in {
        "masks/tennis": "images", "masks/coco": "coco", "multiview/pose2sim_single": "multiview", "video": "video",
    }.items():  # fmt: skip
        assert recognise(data_dir / path) == kind


def test_one_person_is_followed_and_limbs_stay():
    left, right, hand = blob(10, 5), blob(10, 60, 22), blob(2, 20, 3, 3)
    assert one_person(left | hand)[1] is False and (one_person(left | hand)[0] == (left | hand)).all()
    mask, others = one_person(left | right)
    assert others and (mask == right).all()  # the larger, with nothing to go by
    assert (one_person(left | right, blob(12, 8))[0] == left).all()
    assert (one_person(left | right, blob(50, 30, 5, 5))[0] == right).all()  # nobody there: the larger again


def test_what_shows_nobody_is_left_out_and_counted():
    tally = FootageCounts()
    none, full, seen = np.zeros(SHAPE, bool), np.ones(SHAPE, bool), blob(10, 30)
    pairs = [(none, seen), (none, full), (seen, seen | blob(10, 60)), (full, seen)]
    found = list(one_person_each([moment(*masks, frame=frame) for frame, masks in enumerate(pairs)], tally))
    assert [(m.frame, len(m.masks), len(m.lenses), len(m.pictures)) for m in found] == [
        (0, 1, 1, 1), (2, 2, 2, 2), (3, 1, 1, 1),
    ]  # fmt: skip
    assert tally == FootageCounts(moments=3, views=4, empty=2, full=2, shared=1, unseen=1)
    assert len(tally.lines()) == 5 and "95%" in " ".join(tally.lines())


def test_every_view_follows_its_own_person():
    left, right = blob(10, 5), blob(10, 60)
    given = [moment(left, right), moment(left | right, left | right, frame=1), moment(left | right, right, name="b")]
    masks = [m.masks for m in one_person_each(given, FootageCounts())]
    assert (masks[1][0] == left).all() and (masks[1][1] == right).all()


def test_masks_of_one_person_each_are_not_taken_apart():
    pieces = blob(10, 5) | blob(10, 60)
    assert (next(one_person_each([moment(pieces)], FootageCounts(), one_person_masks=True)).masks[0] == pieces).all()


def test_the_command_writes_crops_and_says_how_many(tmp_path, capsys):
    masks = [blob(10, 5), blob(12, 8) | blob(10, 60), np.zeros(SHAPE, bool), np.ones(SHAPE, bool)]
    source, out = write_images(tmp_path / "in", masks), tmp_path / "out"
    assert main(["crops", str(source), "-o", str(out), "--size", "32", "--split", "test"]) == 0
    said = capsys.readouterr().out
    for words in ("2 moments, 2 views", "1 views with an empty mask", "more than 95%", "the mask of 1 views"):
        assert words in said
    crops = Crops(out)
    assert crops.size == 32 and [m["frame"] for m in crops.moments] == [0, 1]
    assert {(m["group"], m["split"]) for m in crops.moments} == {("in", "test")}
    assert np.isnan(crops.truth).all()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--kind", "films"], "kind 'films' is not known; choose from auto, human36m"),
        (["--split", "half"], "split 'half' is not known"),
        (["--size", "4"], "crops of 4 pixels"),
        (["--foreground", "magic"], "foreground 'magic' is not known"),
        ([], "nobody to cut out (left out: 1 views with an empty mask"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_no_folder_of_crops(tmp_path, capsys, words, said):
    source = write_images(tmp_path / "in", [np.zeros(SHAPE, bool)])
    assert main(["crops", str(source), "-o", str(tmp_path / "out"), *words]) == 3
    line = capsys.readouterr().err
    assert said in line and line.count("\n") == 1
    with pytest.raises(ValueError, match="no folder of crops"):
        Crops(tmp_path / "out")


def test_every_no_frame_is_a_mistake_of_usage(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["crops", str(tmp_path), "-o", str(tmp_path / "out"), "--every", "0"])
    assert ended.value.code == 2 and "'0' is no whole number from 1 on" in capsys.readouterr().err


def test_plain_video_is_given_to_the_foreground(tmp_path, monkeypatch):
    pictures = [np.where(blob(10, 5 + n)[..., None], np.uint8(255), np.uint8(0)).repeat(3, -1) for n in range(4)]
    write_video(tmp_path / "a.mp4", pictures)
    asked = []

    class Bright:
        def masks(self, given):
            return (picture[..., 0] > 128 for picture in given)

    monkeypatch.setattr(crop_sources, "foreground", lambda method: asked.append(method) or Bright())
    tally = write_crops(tmp_path / "a.mp4", tmp_path / "out", every=3)
    assert asked == ["auto"] and (tally.moments, tally.views) == (2, 2)
    assert [m.frame for m in moments(tmp_path / "a.mp4", foreground="mog2", every=2)] == [0, 2]
    assert asked[1:] == ["mog2"]


def test_each_kind_without_masks_needs_a_masker_and_outlined_people_take_none(tmp_path):
    for name, kind in KINDS.items():
        if not kind.masked:
            with pytest.raises(ValueError, match="has no masks"):
                kind.load(tmp_path, None, 1, None)
        elif name == "coco":
            with pytest.raises(ValueError, match="no foreground is looked for"):
                moments(tmp_path, "coco", foreground="mog2")
