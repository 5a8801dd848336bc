import pickle

import bad_clips
import pytest
from toy_chain import make_chain

from dance3d.pipeline.exit_codes import CHANGED, REFUSED, USAGE
from dance3d.pipeline.many.job import Job, do


@pytest.fixture
def chain(tmp_path, monkeypatch):
    return make_chain(monkeypatch, tmp_path)


def job(chain, **more):
    return Job(chain.video, chain.out, cache=chain.folder / "cache", **more)


def test_a_job_is_a_run_and_its_outcome_says_what_the_result_says(chain):
    heard = []
    outcome = do(job(chain), lambda stage, why, result: heard.append(stage))
    assert (outcome.video, outcome.out, outcome.code, outcome.reason) == (chain.video, chain.out, 0, "")
    assert [dancer["person"] for dancer in outcome.result["dancers"]] == [1] and outcome.seconds > 0
    assert (chain.out / "result.json").is_file() and heard[:2] == ["keypoints", "keypoints"]
    again = do(job(chain))
    assert all(stage["cached"] for stage in again.result["stages"]) and chain.calls.count("lift") == 1


def test_settings_and_weights_of_a_job_are_those_of_the_run(chain):
    do(job(chain, settings={"lift": {"height": 1.7}}, weights={"lift": chain.folder / "motion.safetensors"}))
    assert '"height": 1.7' in (chain.out / "result.json").read_text()
    assert do(job(chain)).result["weights"] == {}


def test_a_job_may_stop_early(chain):
    outcome = do(job(chain, until="lift"))
    assert outcome.code == 0 and outcome.result is None and chain.calls == ["keypoints", "lift"]
    assert (chain.out / "person-1/lift.npz").is_file()


def test_a_job_and_its_outcome_can_be_sent_to_another_process(chain):
    sent = pickle.loads(pickle.dumps(job(chain, settings={"lift": {"height": 1.7}})))
    outcome = do(sent)
    assert pickle.loads(pickle.dumps(outcome)) == outcome


def test_what_a_user_can_mend_is_the_outcome(chain, monkeypatch):
    chain.during = lambda stage: chain.video.write_bytes(b"others")
    changed = do(job(chain))
    assert changed.code == CHANGED and "changed while it was being read" in changed.reason and changed.result is None
    missing = do(job(chain, settings={"lift": {"height": -1}}))
    assert missing.code == REFUSED and "height" in missing.reason and "\n" not in missing.reason
    monkeypatch.setenv("DANCE3D_DEBUG", "1")
    with pytest.raises(ValueError, match="height"):
        do(job(chain, settings={"lift": {"height": -1}}))


def test_what_nobody_can_mend_raises(chain):
    def interrupted(stage):
        raise KeyboardInterrupt

    chain.during = interrupted
    with pytest.raises(KeyboardInterrupt):
        do(job(chain))
    with pytest.raises(BrokenPipeError):
        do(job(chain), lambda stage, why, result: (_ for _ in ()).throw(BrokenPipeError()))


def test_a_rate_is_for_videos_without_times_of_their_own(tmp_path):
    path = bad_clips.write(tmp_path / "even.mp4", bad_clips.EVEN[:5])
    refused = do(Job(path, tmp_path / "out", {"keypoints": {"fps": 25.0}}))
    assert refused.code == USAGE and "--fps 25 counts only for a video without time stamps" in refused.reason
    refused = do(Job(path, tmp_path / "out", {"detect": {"fps": 25.0}}, pose_from="detect"))
    assert refused.code == USAGE and not (tmp_path / "out").exists()
