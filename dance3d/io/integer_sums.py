"""Whether this machine can run nets of 8-bit integers as they are meant.

Processors of before AVX-512 VNNI add pairs of products in 16 bits, and large sums are cut off without a word
(onnxruntime, "Quantize ONNX models", on U8S8). There, and on a GPU, nets of floats are the right ones.
"""

from __future__ import annotations

from base64 import b64decode
from functools import cache

import numpy as np

from dance3d.io.onnx_net import AUTOMATIC, PROVIDERS

# a net of one MatMulInteger: bytes (N, K) times signed bytes (K, M); a test makes it again
NET = b64decode(
    "CAc6fwolCgVieXRlcwoHd2VpZ2h0cxIEc3VtcyINTWF0TXVsSW50ZWdlchIEc3Vtc1oZCgVieXRlcxIQCg4IAhIKCgMSAU4KAxIB"
    "S1obCgd3ZWlnaHRzEhAKDggDEgoKAxIBSwoDEgFNYhgKBHN1bXMSEAoOCAYSCgoDEgFOCgMSAU1CBAoAEA0="
)
LENGTH, COLUMNS = 64, 16  # chosen: enough numbers for whole registers


@cache
def exact() -> bool:
    """Whether nets run on the CPU, and its sums of the largest bytes and weights are right; found out by a trial."""
    import onnxruntime

    if any(PROVIDERS[name] in onnxruntime.get_available_providers() for name in AUTOMATIC):
        return False
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(NET, options, providers=[PROVIDERS["cpu"]])
    fed = {"bytes": np.full((COLUMNS, LENGTH), 255, np.uint8), "weights": np.full((LENGTH, COLUMNS), 127, np.int8)}
    return bool((session.run(None, fed)[0] == 255 * 127 * LENGTH).all())
