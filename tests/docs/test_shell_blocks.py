"""Every line of the shell blocks on the pages runs, beside files of the names that it shows, or says why it does not.

Quick lines run in the ordinary suite, those that train or run for long are marked slow, with few steps.
"""

import io
import re
import shlex
import shutil
from contextlib import redirect_stdout, suppress
from pathlib import Path

import doc_pages
import pytest
import yaml
from edited_tracks import first_run, make_fake_run
from motion_sets import bvh_text, centimetre_joints, figure

from dance3d.cli import main
from dance3d.io.weights import default
from dance3d.synth.clip import write_scene

SHELL = ("", "bash", "sh")
_BEFORE = r"\s*(?:(?:\w+=\S+|time|\S*/bin/)\s*)*"
_PROGRAM = r"(?:dance3d|make|python|pip|ray|srun|export|\.venv\S+|build/\S+)\b"
_WEIGHTS = re.compile(r"(?<=weights )(\w+)=(?:FILE|PATH|RUN/\S+|runs/\S+|/mnt/lab/weights)$")
_COMMAND = re.compile(rf"{_BEFORE}((?:source <\()?{_PROGRAM}.*)")

NOT_RUN = {
    r"^(pip|build/|python tools/)|\.venv.Scripts|hf://|s3://|http://|serve-readonly": "needs a network",
    r"weights fetch|rtmpose|mediapipe": "needs weights from a network",
    r"machine/(gpu|ddp)|gpu-check|gpu_check": "needs a GPU",
    r"^srun|--ray|/shared/|\$SLURM": "needs a cluster; tests/pipeline/on_ray runs what it can",
    r"^make (test|test-slow|docs|setup|mediapipe)|-m pytest|ipykernel|pre-commit": "is the suite itself, or sets it up",
    r"^make demo|make train-stage": "tests/cli/test_demo and test_train run what it calls",
    r"^make torture|^make weights|\bbench\b|benchmarks": "measures for minutes to hours; see tests/benchmarks",
    r"--only body.turn": "needs takes in which somebody turns; tests/training runs it",
    r"lift_extremities": "needs takes of seconds with toes and faces; tests/stages/lift/extremities trains on some",
    r"bpy|blender": "needs Blender",
    r"tracks merge": "needs somebody who left and came back; tests/tracks runs it",
    r"dance3d crops|train detect --data crops|detect fit|--data.crops": "needs footage; tests/cli/test_crops runs it",
    r"FOOTAGE|COCO|people.json|--peers|FOLDER --keypoints": "needs files of others; tests of their readers run it",
}
"""Lines that are not run here, by what stands in them, with the reason. Their options are held by test_commands."""
SERVES = re.compile(r"^dance3d (studio|live)|\bserve\b")
"""Lines that go on until somebody stops them; tests of their own start and stop them."""
_TRAINING = r"(train (?!--recipe help)|\w+ (fit|validate|test|predict))"
SLOW = re.compile(rf"^dance3d ({_TRAINING}|run|detect|synth)|-j |--onnx")
PLACES = {
    **dict.fromkeys(
        ("path/to/mocap/cmu", "path/to/mocap", "path/to/cmu", "my_motion/", "MOCAP", "CMU", "DIR"), "mocap"
    ),
    **{"VIDEOS": "videos", "videos/": "videos", "my_videos/": "videos", "my_videos": "videos", "clips/": "flat"},
    **{"FILE": "mine.safetensors", "/mnt/lab/dance3d": "store", "/mnt/lab/weights": "lab"},
    **{"~/.zsh/_dance3d": "zsh", "~/.config/fish/completions/dance3d.fish": "fish", "STORE": "store"},
    **{
        "VIDEO": "clip.mp4",
        "12.4": "0.4",
        "NAME...": "",
        "[salsa,indian,martial]": "[salsa]",
        "[NAME...]": "",
        "[--commercial]": "",
        "FOLDER": "mocap",
        "5": "3",
    },
}
"""Words of the pages, and what stands in their place here."""
SHORT = ["--trainer.max_epochs=1", "--trainer.limit_train_batches=2", "--trainer.limit_val_batches=1", "--wandb=off"]
SHORT += ["--trainer.limit_test_batches=1", "--trainer.limit_predict_batches=1"]


def shell_lines(block):
    """The commands of a block, without what is said beside them."""
    found = (_COMMAND.match(line) for line in block.code.replace("\\\n", " ").splitlines())
    return [re.split(r"\s+#\s|\s{2,}(?![-\s\[])", match[1])[0].strip() for match in found if match]


LINES = {
    f"{page}:{number}": lines
    for page in doc_pages.PAGES
    if page != "CONTRIBUTING.md"  # tests/contributing follows its recipes
    for number, block in enumerate(doc_pages.blocks(page))
    if block.language in SHELL and not block.title and (lines := shell_lines(block))
}


def why_not(line):
    """Why a line is not run; empty if it is."""
    if SERVES.search(line):
        return "goes on until it is stopped"
    return next((reason for pattern, reason in NOT_RUN.items() if re.search(pattern, line)), "")


def kinds(where):
    """The lines of a block that are quick, that are slow, and that are not run."""
    run = [line for line in LINES[where] if not why_not(line)]
    slow = [line for line in run if SLOW.search(line)]
    return [line for line in run if line not in slow], slow, [line for line in LINES[where] if why_not(line)]


QUICK = [where for where in LINES if kinds(where)[0]]
LONG = [where for where in LINES if kinds(where)[1]]


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Files of the names that the pages show."""
    folder = tmp_path_factory.mktemp("scene")
    write_scene(folder, "salsa", seconds=2.0, seed=1)
    shutil.copyfile(folder / "video.mp4", folder / "clip.mp4")
    joints = centimetre_joints(figure())
    text = bvh_text(joints, per_metre=100.0, z_up=True)
    takes = [f"mocap/{genre}/{genre}_{n}" for genre in ("salsa", "tango", "indian", "martial") for n in range(2)]
    for name in (*takes, "dance", "teacher"):
        path = folder / f"{name}.bvh"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for kind in ("tango", "waltz"):
        for number in range(2):
            path = folder / "videos" / kind / f"{kind}{number}_cam1.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "clip.mp4", path)
    shutil.copytree(folder / "videos", folder / "clips")
    clips = sorted(folder.glob("clips/*/*.mp4"))
    (folder / "flat").mkdir()
    for path in clips:
        shutil.copyfile(path, folder / "flat" / path.name)
    (folder / "list.txt").write_text("clips/tango/tango0_cam1.mp4\n")
    titled = {block.title: block.code for page in doc_pages.PAGES for block in doc_pages.blocks(page) if block.title}
    for name in ("own.yaml", "learned.yaml", "sweep.yaml", "my-recipe.yaml"):
        if name in titled:
            (folder / name).write_text(titled[name])
    (folder / "mine.yaml").write_text(yaml.safe_dump({"lift": {"height": 1.7}}))
    rows = [f"{path.stem},{start},{start + 0.4},body.attitude" for path in clips for start in (0.2, 1.0)]
    (folder / "my_movements.csv").write_text("\n".join(["clip,start,stop,movement", *rows]))
    for name in ("videos.csv", "my_labels.csv"):
        rows = [f"{path.relative_to(folder)},{path.parent.name}" for path in sorted(folder.glob("videos/*/*.mp4"))]
        (folder / name).write_text("\n".join(["path,label", *rows]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANCE3D_CACHE", str(folder / "cache"))
        assert main(["run", str(folder / "clip.mp4"), "-o", str(folder / "results"), "-q"]) == 0
    for name in ("teacher-results", "student-results"):
        shutil.copytree(folder / "results", folder / name)
    shutil.copyfile(default("lift"), folder / "mine.safetensors")
    return folder


@pytest.fixture
def files(scene, tmp_path, monkeypatch):
    """A copy of them as the working folder, with finished runs of two dancers."""
    monkeypatch.setenv("DANCE3D_CACHE", str(scene / "cache"))
    shutil.copytree(scene, tmp_path / "here", ignore=shutil.ignore_patterns("cache", "run"))
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "run").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        out, _ = first_run(make_fake_run(patch, tmp_path / "run"))
    Path("OUT").symlink_to(out)
    shutil.copytree(out, "class")


def run(line, monkeypatch, *more, weights=None):
    """Run a line as a shell would, and hold it to its exit code.

    Args:
        line: of a page.
        monkeypatch: takes variables that the line sets.
        more: options that make it short.
        weights: in place of ``PATH``, which a line before printed; of that and other words those that ship if none.

    Returns:
        the path of weights that it prints, or none.
    """
    inner = re.sub(r"^source <\((.*)\)$", r"\1", line)
    command, _, target = inner.partition(" > ")
    if setting := re.match(r"export (\w+)=(\S+)$", command):
        monkeypatch.setenv(*setting.groups())
        return None
    printed = weights if command.endswith("=PATH") else None
    command = _WEIGHTS.sub(lambda found: f"{found[1]}={printed or default(found[1])}", command)
    words = [PLACES.get(word, word) for word in shlex.split(command)]
    words = [word for word in words if word]
    assert words[0] in ("dance3d", ".venv/bin/dance3d"), f"no command of ours: {line}"
    text, code = io.StringIO(), 0
    with redirect_stdout(text), suppress(SystemExit):
        code = main([*words[1:], *more])
    assert code == 0, line
    if target:
        path = Path(PLACES.get(target.strip(), target.strip()))
        path.write_text(text.getvalue())
        assert path.stat().st_size, line
    return next((word for word in reversed(text.getvalue().split()) if word.endswith(".safetensors")), None)


def test_every_line_is_run_or_says_why():
    every = sum(map(len, LINES.values()))
    done = sum(len(kinds(where)[0]) + len(kinds(where)[1]) for where in LINES)
    assert every > 150 and done >= 0.4 * every, f"{done} of {every} run"
    unused = [pattern for pattern in NOT_RUN if not any(re.search(pattern, x) for xs in LINES.values() for x in xs)]
    assert not unused


@pytest.mark.parametrize("where", QUICK)
def test_quick_lines_run(where, files, tmp_path, monkeypatch):
    if where.startswith("docs/tracks.md"):
        make_fake_run(monkeypatch, tmp_path / "run")  # stages that answer at once
    for line in kinds(where)[0]:
        run(line, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("where", LONG)
def test_slow_lines_run(where, files, monkeypatch):
    made = None
    for line in kinds(where)[1]:
        short = ["--tiny"] * (line.startswith("dance3d train") and "--tiny" not in line)
        short = SHORT if re.match(r"dance3d \w+ (fit|validate|test|predict) (?!.*help)", line) else short
        made = run(line, monkeypatch, *short, weights=made)
