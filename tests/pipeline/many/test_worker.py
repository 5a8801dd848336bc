import logging
import multiprocessing
import os
import threading

import cv2
import pytest
import torch
from toy_chain import make_chain

from dance3d.pipeline.many import worker
from dance3d.pipeline.many.job import Job


@pytest.fixture
def as_it_was():
    threads, handlers, level = torch.get_num_threads(), logging.root.handlers[:], logging.getLogger("dance3d").level
    yield
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    logging.root.handlers[:] = handlers
    logging.getLogger("dance3d").setLevel(level)


def test_a_worker_does_jobs_until_there_is_none_and_tells_of_them(tmp_path, monkeypatch, as_it_was):
    chain = make_chain(monkeypatch, tmp_path)
    chain.during = lambda stage: logging.getLogger("dance3d.somewhere").warning("in %s", stage)
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=worker.work, args=(theirs, 1, logging.WARNING))
    thread.start()
    assert not any(ours.recv()), "ready"
    heard = []
    for number in range(2):
        ours.send(Job(chain.video, tmp_path / f"out{number}", cache=tmp_path / "cache"))
        while not heard or heard[-1].outcome is None:
            heard.append(ours.recv())
        outcome = heard[-1].outcome
        assert outcome.code == 0 and (outcome.out / "result.json").is_file()
        said = [(news.stage, news.cached) for news in heard if news.stage]
        assert [stage for stage, cached in said if cached == bool(number)][-1] == "outputs"
        assert [news.line for news in heard if news.line][:1] == [["in keypoints"], []][number]
        heard.clear()
    ours.send(None)
    thread.join(10)
    assert not thread.is_alive() and torch.get_num_threads() == 1


def test_a_worker_ends_when_nobody_listens(tmp_path, monkeypatch, as_it_was):
    chain = make_chain(monkeypatch, tmp_path)
    ours, theirs = multiprocessing.Pipe()
    ours.send(Job(chain.video, tmp_path / "out", cache=tmp_path / "cache"))
    ours.close()
    worker.work(theirs, 1, logging.ERROR)
    assert not (tmp_path / "out/result.json").exists()


@pytest.mark.parametrize(
    ("said", "gpus", "chosen"), [("", 0, ""), ("", 1, ""), ("", 2, "cuda:1"), ("", 3, "cuda:2"), ("cpu", 2, "cpu")]
)
def test_of_several_gpus_each_process_takes_one(monkeypatch, as_it_was, said, gpus, chosen):
    monkeypatch.setenv("DANCE3D_DEVICE", said)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    ours, theirs = multiprocessing.Pipe()
    ours.send(None)
    worker.work(theirs, 1, logging.ERROR, 5)
    assert os.environ["DANCE3D_DEVICE"] == chosen
