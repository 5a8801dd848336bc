"""Processes of their own, which have imported torch already; trainings of the toy stage in them, which are killed."""

import multiprocessing
import os
import signal
from pathlib import Path

import pytest
import toy_runs

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["toy_runs", "toy_stage", "lightning.pytorch.cli"])


def killed(folder, model=None, saves=0, whole=False):
    """Train until SIGKILL.

    Args:
        folder: of the run.
        model: settings of the toy, such as the step and the number of its signal.
        saves: which save of the last checkpoint it is killed in; none if 0.
        whole: the file of that save is written, and not yet renamed; else half of it is.
    """
    process = PROCESSES.Process(target=_train, args=(folder, model or {}, saves, whole))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def _train(folder, model, saves, whole):
    toy_runs.make_toy(pytest.MonkeyPatch())
    works, done = os.fsync, []

    def fsync(handle):
        works(handle)
        done.append(handle)
        if len(done) == saves:
            if not whole:
                path = Path(folder) / "checkpoints/next.ckpt"
                os.truncate(path, path.stat().st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)

    os.fsync = fsync
    toy_runs.fit(folder, model=model)
