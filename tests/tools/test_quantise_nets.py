"""The script that makes the nets of 8-bit integers: again the ones that ship, and near the nets they are made from."""

import json

import cv2
import numpy as np
import pytest

from dance3d.io import fetch, integer_sums
from dance3d.io.onnx_net import OnnxNet
from dance3d.io.video.reader import VideoReader


def test_the_nets_that_ship_are_made_again(script, tmp_path, capsys):
    assert script.main(["--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.count("; as it ships") == len(script.MADE) == 3


def test_a_range_that_is_missing_is_named(script):
    net = script._plain(script._source("movenet-thunder-int8", json.loads(script.LIST.read_text())))
    ranges = json.loads(script.RANGES.read_text())["movenet-thunder-int8"]
    name = sorted(ranges)[0]
    with pytest.raises(ValueError, match=f"no ranges of {name}"):
        script.quantised(net, {key: value for key, value in ranges.items() if key != name})


def test_a_name_that_is_not_known(script, capsys):
    with pytest.raises(SystemExit):
        script.main(["movenet-giant-int8"])
    assert "movenet-multipose-int8" in capsys.readouterr().err


def test_joints_stay_where_they_are(data_dir):
    if not integer_sums.exact():
        pytest.skip("this processor cuts sums of 8-bit integers off; the nets are not used here")
    exact, rounded = (
        OnnxNet(fetch.located(name), "cpu", layout="NHWC") for name in ("movenet-thunder", "movenet-thunder-int8")
    )
    with VideoReader(data_dir / "video" / "jacky_dance.mp4") as reader:
        squares = [cv2.resize(frame.image, (256, 256)) for _, frame in zip(range(40), reader, strict=False)][::4]
    far, sure = [], []
    for square in squares:
        one, other = (net(square[None])[0].reshape(17, 3) for net in (exact, rounded))
        far.append(np.linalg.norm(one[:, :2] - other[:, :2], axis=1))
        sure.append(one[:, 2] > 0.3)
    far = np.concatenate(far)[np.concatenate(sure)]
    assert len(far) > 20 and np.median(far) < 1 / 256  # of the side; 0.3 pixels of 256 in clips of dancers
