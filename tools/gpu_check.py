"""What dance3d does on this machine's GPUs, in under eight minutes: ``make gpu-check``, or this file by itself.

Runs the tests that need a GPU, trains every stage in bf16-mixed, measures batches and matrix products, runs the chain
with its nets on the GPU and on the CPU, and trains every stage on all devices at once. Nothing is downloaded or
installed; the package itself need not be installed either. A table (Markdown) and all figures (JSON) lie in the folder
of ``--out``.

Exit code: 0 all passed; 1 something did not; 2 torch is missing or an option is wrong; 3 there is no GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
import tomllib
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STAGES = ("lift", "motion", "genre", "keypoints", "detect")
PER_STEP = {
    "lift": ("targets", lambda data: data["batch"] * data["chunk"]),
    "motion": ("frames", lambda data: data["batch"] * data["frames"]),
    "genre": ("windows", lambda data: data["batch"]),
    "keypoints": ("crops", lambda data: data["batch"]),
    "detect": ("crops", lambda data: data["moments"] * data["views"] + data["bodies"]),
}
"""What a step learns from, and how many of it a batch has by the settings of its data."""
LARGE = 2048  # chunks of a batch that fills a large GPU
SPEED = """
import json, torch
from dance3d.benchmarks.lift.speed import batch_speed, speed
device = torch.device({device!r})
print(json.dumps(batch_speed(device, {seconds}) if device.type == "cpu" else speed({seconds}, {device!r})))
"""
RUN = """
import json, os, time
from pathlib import Path
import numpy as np
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.run import run
from dance3d.synth.clip import write_scene
scene, found = Path({folder!r}) / "scene", {{}}
write_scene(scene, "salsa", 4.0, 9001)
for device in ("cpu", {device!r}):
    os.environ["DANCE3D_DEVICE"] = device
    for way in ("lift", "detect"):
        began = time.perf_counter()
        done = run(scene / "video.mp4", Path({folder!r}) / device / way, cache=Cache(None), pose_from=way)
        found[f"{{way}}.{{device}}.seconds"] = time.perf_counter() - began
        poses = {{way: done.dancers[0].pose.xyz if done.dancers else np.zeros((0, 17, 3))}}
        last = found.setdefault("poses", {{}}).setdefault(way, poses[way])
        found[f"{{way}}.off_mm"] = 1000 * float(np.nanmax(np.abs(last - poses[way]), initial=0.0))
        found[f"{{way}}.frames"] = len(poses[way])
del found["poses"]
print(json.dumps(found))
"""


@dataclass
class Row:
    """One check.

    Attributes:
        check: its name.
        result: ``passed``, ``failed``, ``lacks NAME``, ``timed out`` or ``not reached``.
        seconds: that it took, start of the process included.
        figures: what it measured.
        says: why it did not pass: the end of what it printed.
    """

    check: str
    result: str = "not reached"
    seconds: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)
    says: str = ""


class Checks:
    """Runs checks one after the other, each in a process of its own, until the time is over.

    Args:
        out: folder for what they leave.
        minutes: for all of them.
    """

    def __init__(self, out: Path, minutes: float) -> None:
        self.out, self.rows, self.end = out, list[Row](), time.monotonic() + 60 * minutes
        self.environment = os.environ | {"PYTHONPATH": str(ROOT), "WANDB_MODE": "disabled"}
        self.environment.setdefault("DANCE3D_CACHE", str(out / "cache"))

    def run(self, check: str, words: list[str], limit: float, device: str = "auto") -> tuple[Row, str]:
        """Run one command of Python; the row of its check, and what it printed.

        Args:
            check: name.
            words: after ``python``.
            limit: seconds, fewer where the time for all is nearly over.
            device: of nets in inference.
        """
        row, began = Row(check), time.monotonic()
        self.rows.append(row)
        left = min(limit, self.end - began)
        if left < 2:
            return row, ""
        print(f"{check} ...", end=" ", flush=True)
        environment = self.environment | {"DANCE3D_DEVICE": device}
        with subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                said, _ = process.communicate(timeout=left)
                row.result = "passed" if process.returncode == 0 else _why(said)
            except subprocess.TimeoutExpired:
                _end(process)
                said, row.result = process.communicate()[0], "timed out"
        row.seconds = round(time.monotonic() - began, 1)
        row.says = "" if row.result == "passed" else said[-1500:]
        print(f"{row.result}, {row.seconds} s", flush=True)
        return row, said


def _end(process: subprocess.Popen[str]) -> None:
    """End a process with those that it started."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, 9)
    else:
        process.kill()


def _why(said: str) -> str:
    """``lacks NAME`` where a module is not installed, else ``failed``."""
    missing = re.findall(r"No module named '?([\w.]+)", said)
    return f"lacks {missing[-1]}" if missing else "failed"


def _last_json(said: str) -> dict[str, Any]:
    lines = [line for line in said.splitlines() if line.startswith("{")]
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return found


def check_tests(checks: Checks, cpu: bool) -> None:
    """The tests marked gpu; on the CPU they are only collected."""
    words = ["-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", "tests"]
    row, said = checks.run("tests marked gpu", words + ["--collect-only"] * cpu, 150)
    kinds = r"(\d+)(?:/\d+)? (passed|failed|errors?|skipped|tests)"
    row.figures = counts = {kind: int(count) for count, kind in re.findall(kinds, said)}
    if row.result == "failed" and "error" not in said and counts.get("tests"):
        row.result = "passed"


def check_training(checks: Checks, stage: str, cpu: bool, seconds: float, more: dict[str, Any] | None = None) -> None:
    """A training of a stage in bf16-mixed for some seconds, on the synthetic dancer.

    Args:
        checks: that it is one of.
        stage: that trains.
        cpu: with the small nets, on the CPU.
        seconds: of training.
        more: settings of the data.
    """
    name = f"train {stage}" + "".join(f", {key} {value}" for key, value in (more or {}).items())
    given = {f"data.{key}": value for key, value in (more or {}).items()}
    given |= {"trainer.accelerator": "cpu" if cpu else "gpu", "trainer.devices": 1}
    given["trainer.max_time"] = f"00:00:{round(seconds) // 60:02d}:{max(1, round(seconds)) % 60:02d}"
    _fit(checks, name, stage, cpu, given, seconds + 110)


def check_all_devices(checks: Checks, stage: str, cpu: bool) -> None:
    """A few steps of a stage on all devices at once, a process each; on the CPU two processes."""
    given: dict[str, Any] = {"trainer.accelerator": "cpu" if cpu else "gpu", "trainer.devices": 2 if cpu else -1}
    given |= {"trainer.strategy": "ddp_find_unused_parameters_true", "trainer.max_epochs": 1}
    _fit(checks, f"all devices, {stage}", stage, cpu, given | {"trainer.limit_train_batches": 8}, 75)


def _fit(checks: Checks, check: str, stage: str, cpu: bool, given: dict[str, Any], limit: float) -> None:
    name = re.sub(r"\W+", "-", check)
    file = checks.out / f"{name}.json"
    given |= {"trainer.precision": "bf16-mixed", "trainer.limit_val_batches": 1, "trainer.check_val_every_n_epoch": 1}
    given |= {"tiny": True, "wandb": "off", "run_folder": checks.out / "runs" / name, "resume": False}
    words = ["-m", "dance3d", stage, "fit", "--config=configs/base.yaml"]
    words += [f"--config=configs/{'tiny/' if cpu else ''}{stage}.yaml"]
    words += [f"--{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in given.items()]
    words += ["--trainer.callbacks+=dance3d.training.step_rate.StepRate", f"--trainer.callbacks.file={file}"]
    row, _ = checks.run(check, words, limit)
    if file.is_file():
        row.figures = json.loads(file.read_text())
        data = _settings_of_data(Path(given["run_folder"]))
        what, count = PER_STEP[stage]
        if row.figures["steps_per_s"] and data:
            rate = row.figures["steps_per_s"] * count(data) * row.figures["processes"]
            row.figures |= {"rate": round(rate), "of": what}


def _settings_of_data(run: Path) -> dict[str, Any]:
    import yaml

    files = sorted(run.glob("logs/*/config.yaml"))
    settings = yaml.safe_load(files[-1].read_text()) if files else {}
    data = settings.get("data") or {}
    return data.get("init_args", data)


def check_speed(checks: Checks, device: str, seconds: float) -> None:
    """Batches on the device, and on a GPU the share of its matrix products."""
    row, said = checks.run("speed of lift", ["-c", SPEED.format(device=device, seconds=seconds)], 90)
    row.figures = {name.removeprefix("speed."): value for name, value in _last_json(said).items()}


def check_run(checks: Checks, device: str) -> None:
    """The chain on a rendered clip with its nets on the device, and on the CPU."""
    code = RUN.format(device=device, folder=str(checks.out / "run"))
    row, said = checks.run("run, nets on the device", ["-c", code], 120, device)
    row.figures = _last_json(said)


def machine(device: str) -> dict[str, Any]:
    """What is here: Python, torch, devices, and what of the package's own dependencies is missing."""
    import torch

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["train"]]
    names = [re.split(r"[\[<>=!~; ]", one)[0] for one in asked]
    found = {name: _version(name) for name in names}
    gpus = [torch.cuda.get_device_properties(n) for n in range(torch.cuda.device_count())] if device != "cpu" else []
    return {
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "devices": [f"{one.name}, {one.total_memory / 2**30:.0f} GiB" for one in gpus]
        or [f"CPU, {os.cpu_count()} cores"],
        "packages": found,
        "missing": [name for name, number in found.items() if number is None],
    }


def _version(name: str) -> str | None:
    for one in (name, f"{name}-headless", f"{name}-gpu"):
        try:
            return version(one)
        except PackageNotFoundError:
            continue
    return None


def table(about: dict[str, Any], rows: list[Row]) -> str:
    """All checks as Markdown."""
    lines = [
        f"{', '.join(about['devices'])}; torch {about['torch']}, CUDA {about['cuda']}, Python {about['python']}",
        "",
        *([f"Not installed: {', '.join(about['missing'])}.", ""] if about["missing"] else []),
        "| check | result | s | per second | memory, MiB | |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        figures = dict(row.figures)
        rate, memory = figures.pop("rate", ""), figures.pop("memory_mib", None)
        per_second = f"{rate:,} {figures.pop('of')}" if rate else ""
        rest = ", ".join(f"{name} {_short(value)}" for name, value in figures.items())
        size = "" if memory is None else f"{memory:.0f}"
        lines.append(f"| {row.check} | {row.result} | {row.seconds} | {per_second} | {size} | {rest} |")
    return "\n".join(lines) + "\n"


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main(words: list[str] | None = None) -> int:
    """Run all checks; see the module for the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--on", choices=("cuda", "cpu"), default="cuda", help="cpu: the same with small nets, as a trial"
    )
    parser.add_argument("--out", type=Path, default=Path("out/gpu-check"), help="folder for table and figures")
    parser.add_argument("--minutes", type=float, default=7.5, help="for all checks; later ones are not reached")
    parser.add_argument("--seconds", type=float, help="of each training (12; on the CPU 3)")
    parser.add_argument("--only", default="", help="checks whose names hold this text")
    options = parser.parse_args(words)
    try:
        import torch
    except ImportError:
        print("gpu-check needs torch, which this Python does not have; nothing is installed by itself", file=sys.stderr)
        return 2
    cpu = options.on == "cpu"
    if not cpu and not torch.cuda.is_available():
        print(
            f"gpu-check: torch {torch.__version__} sees no CUDA device here; --on cpu tries the script", file=sys.stderr
        )
        return 3
    out, seconds = options.out.resolve(), options.seconds or (3.0 if cpu else 12.0)
    out.mkdir(parents=True, exist_ok=True)
    about, checks = machine(options.on), Checks(out, options.minutes)
    print("; ".join(about["devices"]) + (f"; not installed: {', '.join(about['missing'])}" if about["missing"] else ""))
    work = [
        ("tests marked gpu", lambda: check_tests(checks, cpu)),
        *((f"train {stage}", lambda stage=stage: check_training(checks, stage, cpu, seconds)) for stage in STAGES),
        ("train lift large", lambda: check_training(checks, "lift", cpu, seconds, {"batch": 32 if cpu else LARGE})),
        ("speed of lift", lambda: check_speed(checks, options.on, seconds)),
        ("run", lambda: check_run(checks, options.on)),
        *((f"all devices, {stage}", lambda stage=stage: check_all_devices(checks, stage, cpu)) for stage in STAGES),
    ]
    for name, act in work:
        if options.only in name:
            act()
            _write(out, about, checks.rows)
    print(f"\n{table(about, checks.rows)}\n{out / 'gpu-check.md'}\n{out / 'gpu-check.json'}")
    return 0 if all(row.result == "passed" for row in checks.rows) else 1


def _write(out: Path, about: dict[str, Any], rows: list[Row]) -> None:
    (out / "gpu-check.md").write_text(table(about, rows))
    (out / "gpu-check.json").write_text(
        json.dumps({"machine": about, "checks": [asdict(row) for row in rows]}, indent=1)
    )


if __name__ == "__main__":
    sys.exit(main())
