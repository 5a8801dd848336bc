"""Lifters in ONNX files with the YAML that describes them."""

import warnings

import torch
import yaml
from torch import nn

from dance3d.skeleton import H36M17

JOINTS = list(H36M17.joints)


def described(path, net, example, adapter, names=("keypoints",), axes=None, answers="answers"):
    """Write a net as ONNX and its YAML beside it; gives the path."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the newer exporter needs onnxscript
        torch.onnx.export(
            net.eval(),
            example,
            path,
            input_names=list(names),
            output_names=[answers],
            opset_version=17,
            dynamo=False,
            dynamic_axes=axes,
        )
    path.with_suffix(".yaml").write_text(yaml.safe_dump(adapter))
    return path


class Wrapped(nn.Module):
    """A net behind other axes: ``before`` and ``after`` turn its input and its answers."""

    def __init__(self, net, before=lambda x: x, after=lambda y: y):
        super().__init__()
        self.net, self.before, self.after = net, before, after

    def forward(self, x):
        """Whatever ``before`` takes to whatever ``after`` gives."""
        return self.after(self.net(self.before(x)))


class Whatever(nn.Module):
    """Answers of every frame by one matrix: quick, and every number of the input counts."""

    def __init__(self, inputs=34, joints=17, seed=0):
        super().__init__()
        torch.manual_seed(seed)
        self.matrix = nn.Linear(inputs, 3 * joints)

    def forward(self, x):
        """(B, T, inputs) to (B, T, joints, 3)."""
        return self.matrix(x).unflatten(-1, (-1, 3))
