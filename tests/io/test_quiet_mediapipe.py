import os

import pytest
from blazepose_bodies import needs_mediapipe

from dance3d.io.quiet_mediapipe import hidden_log_lines


@needs_mediapipe
def test_what_others_say_meanwhile_is_passed_on(capfd):
    with hidden_log_lines():
        os.write(2, b"W0000 00:00:1.5 9 feedback_manager.cc:114] chatter\nsomebody else\n")
    assert capfd.readouterr().err == "somebody else\n"
    with pytest.raises(OSError, match="x"), hidden_log_lines():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        raise OSError("x")
    assert "XNNPACK" in capfd.readouterr().err
