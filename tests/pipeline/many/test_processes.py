import os
import signal
import time
from contextlib import closing

import pytest
import stand_in_jobs
from stand_in_jobs import begun, jobs

from dance3d.pipeline.many.processes import do_all
from dance3d.pipeline.many.share import Share

TWO = Share(2, 1)


def done(folder, *names, how=TWO, work=stand_in_jobs.work):
    """The outcomes of jobs by name, and all lines of the log."""
    outcomes, lines = {}, []
    for number, news in do_all(jobs(folder, *names), how, work=work):
        if news.outcome:
            assert news.outcome.out == folder / names[number] and names[number] not in outcomes
            outcomes[names[number]] = news.outcome
        lines += [news.line] if news.line else []
    return outcomes, lines


def test_every_job_is_done_once_and_says_what_it_does(tmp_path):
    names = [f"clip{number}" for number in range(7)]
    outcomes, _ = done(tmp_path, *names)
    assert sorted(outcomes) == names and {one.code for one in outcomes.values()} == {0}
    assert {len(begun(tmp_path, name)) for name in names} == {1}
    assert len({begun(tmp_path, name)[0] for name in names}) == 2, "two processes, which go on from job to job"
    heard = [news.stage for _, news in do_all(jobs(tmp_path, "clip"), Share(4, 1), work=stand_in_jobs.work)]
    assert heard == ["", "keypoints", ""]


def test_a_job_that_fails_is_its_own_outcome(tmp_path):
    outcomes, _ = done(tmp_path, "bad", "clip", "bad2")
    assert [outcomes[name].code for name in ("bad", "clip", "bad2")] == [3, 0, 3]


def test_a_killed_process_costs_its_job_a_second_try_alone_at_the_end(tmp_path):
    outcomes, lines = done(tmp_path, "once", "a", "b", "killed", "c")
    assert {name: one.code for name, one in outcomes.items()} == {"once": 0, "a": 0, "b": 0, "killed": 3, "c": 0}
    assert len(begun(tmp_path, "once")) == len(begun(tmp_path, "killed")) == 2
    assert "killed.mp4: its process was killed; perhaps it ran out of memory" in outcomes["killed"].reason
    assert len(lines) == 2 and all("tried once more" in line for line in lines)
    assert list(outcomes)[-2:] in (["once", "killed"], ["killed", "once"])


def test_a_fault_of_a_process_is_told_as_such(tmp_path):
    outcomes, _ = done(tmp_path, "exits", "clip")
    assert "exits.mp4: its process ended by a fault" in outcomes["exits"].reason and not outcomes["clip"].code


def test_processes_that_cannot_begin_are_one_error(tmp_path):
    with pytest.raises(ValueError, match="before it could begin"):
        done(tmp_path, "a", "b", "c", work=stand_in_jobs.never_ready)


def test_whoever_stops_listening_ends_the_processes(tmp_path):
    with closing(do_all(jobs(tmp_path, "slow", "slow2"), Share(2, 1), work=stand_in_jobs.work)) as news:
        at_work = set()
        while len(at_work) < 2:
            number, one = next(news)
            at_work |= {number} if one.stage else set()
        while not (tmp_path / "begun").is_dir() or len(list((tmp_path / "begun").iterdir())) < 2:
            time.sleep(0.01)
    for name in ("slow", "slow2"):
        assert_gone(begun(tmp_path, name)[0])


def assert_gone(process):
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.kill(process, signal.SIGKILL)
    raise AssertionError("the process goes on")


def test_processes_get_their_share_of_threads(tmp_path):
    outcomes, _ = done(tmp_path, "clip", how=Share(1, 3))
    assert outcomes["clip"].result["threads"] == 3
