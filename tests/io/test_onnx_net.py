import logging

import numpy as np
import pytest
from detector_files import write_simcc

from dance3d.io import fetch, onnx_net
from dance3d.io.onnx_net import OnnxNet


@pytest.fixture
def simcc(tmp_path):
    return write_simcc(tmp_path / "pose.onnx")


@pytest.fixture(autouse=True)
def warned_anew():
    onnx_net._warn_of_gpu.cache_clear()


def write_sum(path, kind, shape):
    """A net that adds up the colours of every picture in float32."""
    onnx = pytest.importorskip("onnx")
    nodes = [
        onnx.helper.make_node("Cast", ["pictures"], ["wide"], to=onnx.TensorProto.FLOAT),
        onnx.helper.make_node("ReduceSum", ["wide", "axes"], ["sum"], keepdims=0),
    ]
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes,
        "sum",
        [value("pictures", kind, shape)],
        [value("sum", onnx.TensorProto.FLOAT, [shape[0]])],
        [onnx.numpy_helper.from_array(np.array([1, 2, 3]), "axes")],
    )
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=7), path)
    return path


@pytest.mark.parametrize("kind", ("INT32", "UINT8", "FLOAT"))
@pytest.mark.parametrize("batch", (1, 2, "N"))
def test_any_layout_size_type_and_batch(tmp_path, kind, batch):
    onnx = pytest.importorskip("onnx")
    path = write_sum(tmp_path / "sum.onnx", getattr(onnx.TensorProto, kind), [batch, "H", "W", 3])
    net = OnnxNet(path, "cpu", layout="NHWC", any_size=True, threads=1)
    assert (net.height, net.width) == (0, 0)
    for size in ((4, 6), (8, 2)):
        pictures = np.random.default_rng(0).integers(0, 256, (3, *size, 3), np.uint8)
        (found,) = net(pictures)
        assert found.tolist() == pictures.sum((1, 2, 3)).tolist()


def test_pictures_of_another_form_are_refused(tmp_path, simcc):
    net = OnnxNet(simcc, "cpu")
    assert (net.height, net.width) == (64, 48)
    with pytest.raises(ValueError, match=r"expected pictures \(N, H, W, 3\) of a fixed size"):
        OnnxNet(simcc, "cpu", layout="NHWC")
    path = write_sum(tmp_path / "sum.onnx", 6, [1, "H", "W", 3])
    with pytest.raises(ValueError, match=r"int32.*expected pictures \(N, H, W, 3\) of a fixed size"):
        OnnxNet(path, "cpu", layout="NHWC")
    with pytest.raises(ValueError, match=r"expected pictures \(N, 3, H, W\)$"):
        OnnxNet(path, "cpu", any_size=True)
    path.write_bytes(b"no net")
    with pytest.raises(ValueError, match="cannot be run by onnxruntime"):
        OnnxNet(path, "cpu")
    with pytest.raises(ValueError, match="threads 0"):
        OnnxNet(simcc, "cpu", threads=0)


def test_the_number_of_threads(monkeypatch, simcc):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert onnx_net.open_session(simcc, "cpu").get_session_options().intra_op_num_threads == 3
    assert onnx_net.open_session(simcc, "cpu", 2).get_session_options().intra_op_num_threads == 2
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert onnx_net.cores() >= 1


def test_a_gpu_that_is_not_there(simcc, caplog, monkeypatch):
    import onnxruntime

    with pytest.raises(ValueError, match="'tpu' is not known; choose from auto, cpu, cuda, coreml, directml"):
        OnnxNet(simcc, "tpu")
    if {onnx_net.PROVIDERS[name] for name in onnx_net.AUTOMATIC} & set(onnxruntime.get_available_providers()):
        pytest.skip("a GPU is there")
    with pytest.raises(ValueError, match=r"'cuda' was asked for.*can use cpu"):
        OnnxNet(simcc, "cuda")
    monkeypatch.setattr(onnx_net.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    with caplog.at_level(logging.WARNING):
        OnnxNet(simcc, "cpu")
        assert not caplog.records
        OnnxNet(simcc)
        OnnxNet(simcc)
    assert len(caplog.records) == 1 and "run on the CPU" in caplog.text
    onnx_net._warn_of_gpu.cache_clear()
    monkeypatch.setenv("DANCE3D_DEVICE", "cpu")  # then nobody misses it
    OnnxNet(simcc)
    assert len(caplog.records) == 1
    monkeypatch.setenv("DANCE3D_DEVICE", "cuda:1")
    OnnxNet(simcc)
    assert len(caplog.records) == 2


def test_a_gpu_is_chosen_by_its_number(simcc, monkeypatch):
    import onnxruntime

    asked = []

    class Session:
        def __init__(self, path, options, providers):
            asked.append(providers)

        def get_providers(self):
            return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    monkeypatch.setattr(onnxruntime, "get_available_providers", Session(0, 0, 0).get_providers)
    asked.clear()
    for said in ("auto", "cuda:1", "cpu"):
        monkeypatch.setenv("DANCE3D_DEVICE", said)
        onnx_net.open_session(simcc)
    cuda, cpu = Session(0, 0, 0).get_providers()
    assert asked[:3] == [[cuda, cpu], [(cuda, {"device_id": "1"}), cpu], [cpu]]


@pytest.mark.parametrize(("name", "side"), (("movenet-lightning", 192), ("movenet-thunder", 256)))
def test_movenet_reads_pictures_together_as_alone_and_on_two_threads_as_on_one(name, side):
    pictures = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), np.uint8)
    one, two = (OnnxNet(fetch.located(name), "cpu", layout="NHWC", threads=threads) for threads in (1, 2))
    (together,) = one(pictures)
    assert together.shape == (2, 1, 17, 3) and np.array_equal(together, two(pictures)[0])
    assert np.array_equal(together, np.concatenate([one(picture[None])[0] for picture in pictures]))


def test_nets_of_one_file_share_a_session_for_the_same_choices(tmp_path, simcc):
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(simcc.read_bytes())
    one, other, third = OnnxNet(simcc, "cpu", threads=1), OnnxNet(copy, "cpu", threads=1), OnnxNet(simcc, threads=1)
    assert one._session is other._session is not third._session
