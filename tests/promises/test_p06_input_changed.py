"""P6: an input that changes while it is read ends the run with a clear error, and its result is used for nothing.

Fails where inputs are not hashed again before an entry is published (mutations/p06.yaml).
"""

import pytest
from toy_chain import make_chain

from dance3d.cli import main
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import InputChanged
from dance3d.pipeline.exit_codes import CHANGED


@pytest.fixture
def chain(monkeypatch, tmp_path):
    return make_chain(monkeypatch, tmp_path)


def _edited(chain):
    def during(stage):
        chain.video.write_bytes(b"other frames while it is read")

    return during


def test_a_video_edited_during_a_stage_is_said_and_nothing_is_published(chain):
    chain.during = _edited(chain)
    with pytest.raises(InputChanged, match="the video was changed while it was being read"):
        chain.run()
    assert list(Cache(chain.folder / "cache").entries()) == [] and not chain.out.exists()
    chain.during = lambda stage: None
    chain.run()
    assert chain.calls == ["keypoints", "keypoints", "lift", "motion", "genre"]


def test_the_command_ends_with_a_code_of_its_own_and_earlier_results_stay(chain, capsys):
    chain.run()
    before = chain.contents()
    chain.during = _edited(chain)
    words = ["run", str(chain.video), "-o", str(chain.out), "--cache", str(chain.folder / "cache")]
    assert main([*words, "--set", "keypoints.smooth=false"]) == CHANGED
    assert "run again when it is complete" in capsys.readouterr().err
    assert chain.contents() == before and (chain.out / "result.json").exists()
