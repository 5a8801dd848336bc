import numpy as np
import pytest

from dance3d.io import integer_sums
from dance3d.io.onnx_net import PROVIDERS


@pytest.fixture(autouse=True)
def asked_anew():
    integer_sums.exact.cache_clear()
    yield
    integer_sums.exact.cache_clear()


def test_the_net_is_one_matrix_product_of_bytes():
    onnx = pytest.importorskip("onnx")
    value, kinds = onnx.helper.make_tensor_value_info, onnx.TensorProto
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMulInteger", ["bytes", "weights"], ["sums"])],
        "sums",
        [value("bytes", kinds.UINT8, ["N", "K"]), value("weights", kinds.INT8, ["K", "M"])],
        [value("sums", kinds.INT32, ["N", "M"])],
    )
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=7)
    assert onnx.ModelProto.FromString(integer_sums.NET) == made


class Saturating:
    """A processor that adds pairs of products in 16 bits."""

    def __init__(self, net, options, providers):
        assert providers == [PROVIDERS["cpu"]]

    def run(self, outputs, fed):
        products = fed["bytes"].astype(np.int64)[:, :, None] * fed["weights"].astype(np.int64)[None]
        pairs = products.reshape(len(products), -1, 2, products.shape[2]).sum(2)
        return [pairs.clip(-(2**15), 2**15 - 1).sum(1)]


def test_a_processor_that_cuts_sums_off_is_noticed(monkeypatch):
    monkeypatch.setattr("onnxruntime.InferenceSession", Saturating)
    assert not integer_sums.exact()


def test_a_gpu_runs_nets_of_floats(monkeypatch):
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [PROVIDERS["cuda"], PROVIDERS["cpu"]])
    assert not integer_sums.exact()


def test_the_answer_is_that_of_the_arithmetic(monkeypatch):
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [PROVIDERS["cpu"]])
    import onnxruntime

    rng = np.random.default_rng(0)
    fed = {"bytes": rng.integers(0, 256, (8, 64), np.uint8), "weights": rng.integers(-127, 128, (64, 8), np.int8)}
    session = onnxruntime.InferenceSession(integer_sums.NET, providers=[PROVIDERS["cpu"]])
    right = (session.run(None, fed)[0] == fed["bytes"].astype(int) @ fed["weights"].astype(int)).all()
    if integer_sums.exact():
        assert right
