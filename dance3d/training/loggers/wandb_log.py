"""The Weights & Biases logger: offline without a key; its errors never stop a training."""

from __future__ import annotations

import logging
import netrc
import os
import re
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from lightning.pytorch.loggers.logger import Logger
from lightning.pytorch.utilities import rank_zero_only
from numpy.typing import NDArray

from dance3d.training import run_folder
from dance3d.training.earlier_run import WANDB_RUN
from dance3d.training.loggers import wandb_artifacts, wandb_media
from dance3d.visualization.wandb_charts import Chart, to_wandb

log = logging.getLogger(__name__)
Mode = Literal["auto", "online", "offline", "off"]


def wandb_mode(mode: Mode) -> Literal["online", "offline", "off"]:
    """What ``auto`` means here: ``WANDB_MODE`` where it is set, else online with a key and offline without.

    Raises:
        ValueError: ``WANDB_MODE`` is none of W&B's modes.
    """
    if mode != "auto":
        return mode
    asked = os.environ.get("WANDB_MODE", "")
    known: dict[str, Literal["online", "offline", "off"]] = {
        "online": "online",
        "shared": "online",
        "offline": "offline",
        "dryrun": "offline",
        "disabled": "off",
    }
    if asked:
        if asked not in known:
            raise ValueError(f"WANDB_MODE is {asked!r}; choose from {', '.join(known)}")
        return known[asked]
    return "online" if os.environ.get("WANDB_API_KEY") or _key_in_netrc() else "offline"


def _key_in_netrc() -> bool:
    try:
        return netrc.netrc(os.environ.get("NETRC")).authenticators("api.wandb.ai") is not None
    except (OSError, netrc.NetrcParseError):
        return False


@dataclass(frozen=True)
class RunLabels:
    """By what runs are found, grouped and compared in a project; W&B's environment variables win over these.

    Attributes:
        name: of the run.
        group: of runs of one training.
        job: what it does: ``train``, ``validate`` or ``test``.
        tags: words to filter by.
        best: the metric that chooses weights, whose best value is that of the run; empty for none.
        better: ``min`` or ``max``: which of its values is best.
    """

    name: str
    group: str = ""
    job: str = "train"
    tags: tuple[str, ...] = ()
    best: str = ""
    better: str = "min"


def labels_of(stage: str, method: str, settings: Any, word: str) -> RunLabels:
    """How a run is called: by its stage, its method and its data; in one group with others of its folder.

    Args:
        stage: that runs.
        method: by which it is trained.
        settings: all of the run's.
        word: ``fit``, ``validate`` or ``test``.
    """
    group = run_folder.group(Path(settings.run_folder))
    words = [stage, method, Path(str(settings.data.get("source") or "")).name or group]
    tags = [stage, method, "tiny" if settings.tiny else "", str(settings.trainer.precision or "")]
    chosen = settings.get("checkpoint")
    return RunLabels(
        name="-".join(filter(None, words)),
        group=group,
        job={"fit": "train"}.get(word, word),
        tags=tuple(dict.fromkeys(filter(None, tags))),
        best=(chosen.monitor or "") if chosen else "",
        better=chosen.mode if chosen else "min",
    )


class WandbLog(Logger):
    """Weights & Biases that never stops a training: the first failure is said once, and the rest goes to CSV only.

    Args:
        folder: where W&B keeps its files; ``wandb sync`` reads them from there.
        project: name of the project.
        labels: of the run.
        mode: online or offline.
        resume: go on in the run that the folder names, if it names one.
        timeout: seconds to wait for the server; then it goes on offline.
    """

    def __init__(
        self,
        folder: Path,
        project: str,
        labels: RunLabels,
        mode: Literal["online", "offline"],
        resume: bool = False,
        timeout: float = 30,
    ) -> None:
        super().__init__()
        self._folder, self._project, self._labels = folder, project, labels
        self._mode, self._timeout = mode, timeout
        self._resume, self._identity = resume, folder / WANDB_RUN
        self._run: Any = None
        self._dead = self._stays = False

    @property
    def name(self) -> str:
        """Name of the project."""
        return self._project

    @property
    def version(self) -> str:
        """Identity of the run, empty before it starts."""
        return str(self._run.id) if self._run is not None else ""

    @property
    def save_dir(self) -> str:
        """Where W&B keeps its files."""
        return str(self._folder)

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Send settings.

        Args:
            params: the settings.
            *args: not used; Lightning's loggers may get more.
            **kwargs: likewise.
        """
        values = vars(params) if isinstance(params, Namespace) else dict(params)
        self._safely(lambda run: run.config.update(values, allow_val_change=True))

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Send figures."""
        values = dict(metrics) if step is None else {**metrics, "trainer/global_step": step}
        self._safely(lambda run: run.log(values))

    @rank_zero_only
    def log_pictures(self, pictures: Mapping[str, NDArray[np.uint8]], step: int) -> None:
        """Send pictures (H, W, 3), RGB."""
        self.log_made(lambda: wandb_media.images(pictures), step)

    @rank_zero_only
    def log_charts(self, charts: Mapping[str, Chart], step: int) -> None:
        """Send charts that W&B draws."""
        self.log_made(lambda: {name: to_wandb(chart) for name, chart in charts.items()}, step)

    @rank_zero_only
    def log_made(self, make: Callable[[], Mapping[str, Any]], step: int, named: str = "") -> None:
        """Send what a function makes, if anything; its errors end no training either.

        Args:
            make: the function.
            step: of the training.
            named: what is lost by an error that the run survives; else the run ends by it.
        """
        self._safely(lambda run: (made := make()) and run.log({**made, "trainer/global_step": step}), named)

    @rank_zero_only
    def log_inputs(self, data: Mapping[str, Any]) -> None:
        """Say what a training learns from; offline W&B only keeps it, online it draws the lineage.

        Args:
            data: settings of the DataModule.
        """

        def send(run: Any) -> None:
            import wandb

            artifact, weights = wandb_artifacts.data_set(self._stage, data)
            if getattr(run, "offline", True):
                run.log_artifact(artifact)
                return
            run.use_artifact(artifact)
            for stage, sha in weights.items():
                with suppress(wandb.errors.CommError, ValueError):  # weights that this project never saw
                    run.use_artifact(wandb_artifacts.name_of_weights(stage, sha))

        if self._labels.job == "train":
            self._safely(send)

    @property
    def _stage(self) -> str:
        return self._labels.tags[0] if self._labels.tags else "net"

    def stay_open(self) -> None:
        """Wait for ``log_weights`` where a training ends well: they are written only after it."""
        self._stays = True

    @rank_zero_only
    def log_weights(self, weights: Path | None, about: Mapping[str, Any]) -> None:
        """Keep a weights file as an artifact of the run, if there is one, and close the run.

        Args:
            weights: the file.
            about: facts that are kept with it.
        """

        def send(run: Any) -> None:
            artifact, aliases = wandb_artifacts.weights_file(self._stage, Path(str(weights)), about)
            run.log_artifact(artifact, aliases=aliases)

        if weights is not None and self._run is not None:
            self._safely(send)
        self._stays = False
        self.finalize("success")

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Close the run and keep its files."""
        if self._run is not None and not (self._stays and status == "success"):
            self._safely(lambda run: run.finish(exit_code=0 if status == "success" else 1))
            self._run, self._dead = None, True

    def _safely(self, act: Callable[[Any], object], named: str = "") -> None:
        if self._dead:
            return
        # the one broad `except` of the package: W&B's errors share no base class, and a logger never ends a training
        try:
            if self._run is None:
                self._run = self._start()
            act(self._run)
        except Exception as error:
            self._dead = not named
            said = ("W&B has no " + named, "") if named else ("W&B stopped", "; figures go to CSV only")
            log.warning("%s (%s: %s)%s", said[0], type(error).__name__, error, said[1])

    def _before(self) -> str:
        """Identity of the run to go on in; empty for a new one."""
        if not self._resume or not self._identity.is_file():
            return ""
        found = self._identity.read_text(errors="replace").strip()
        if re.fullmatch(r"[\w-]{1,64}", found):
            return found
        log.warning("%s names no run of W&B; this one is new", self._identity)
        return ""

    def _start(self) -> Any:
        import wandb

        self._folder.mkdir(parents=True, exist_ok=True)
        settings = wandb.Settings(console="off", silent=True, init_timeout=self._timeout)
        labels = self._labels
        named = {  # what W&B calls it, the variable that wins, and what we say
            ("name", "WANDB_NAME"): labels.name,
            ("group", "WANDB_RUN_GROUP"): labels.group,
            ("job_type", "WANDB_JOB_TYPE"): labels.job,
            ("tags", "WANDB_TAGS"): list(labels.tags),
        }
        given: dict[str, Any] = {
            "project": self._project,
            "dir": self._folder.absolute(),  # W&B writes in a process of its own, which may have begun elsewhere
            "settings": settings,
            **{word: value for (word, variable), value in named.items() if value and variable not in os.environ},
        }
        if before := self._before():
            given |= {"id": before, "resume": "allow"}
        try:
            run = wandb.init(mode=self._mode, **given)
        except wandb.errors.CommError as error:
            if self._mode == "offline":
                raise
            log.warning("W&B cannot be reached (%s); going on offline", error)
            run = wandb.init(mode="offline", **given)
        if self._labels.job == "train":
            self._identity.write_text(f"{run.id}\n")
        run.define_metric("trainer/global_step")
        run.define_metric("*", step_metric="trainer/global_step")
        if labels.best:
            run.define_metric(labels.best, step_metric="trainer/global_step", summary=labels.better)
        return run
