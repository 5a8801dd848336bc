"""The rooms of the house: who may import whom. Late imports inside functions count too."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "dance3d"
WORDS = ("camera_settings", "io/limits", "runs", "sightings", "skeleton", "vocabulary")
MATHS = (
    "alignment",
    "body",
    "boxes",
    "calibration",
    "differences",
    "geometry",
    "losses",
    "repeats",
    "rhythm",
    "sequences",
    "triangulation",
    "vectors",
    "warping",
)
HOUSE = ("__init__", "__main__", "api", "bench", "cache", "comparison", "fingerprint")
HOUSE += (
    "findings",
    "keys",
    "pipeline",
    "results",
    "runner",
    "registry",
    "trackwork",
    *(f"training/{name}" for name in ("fit", "inputs", "learn", "ship", "stage_cli")),
)
NETS = (
    *(f"lift/nets/{name}" for name in ("temporal", "videopose3d", "stream")),
    "motion/part_features",
)  # beside every model.py
NEVER = {
    "words": {"lightning", "cv2", "av", "wandb", "scipy", "rich"},
    "maths": {"lightning", "cv2", "av", "wandb", "pathlib", "logging", "rich"},
    "nets": {"lightning", "cv2", "av", "wandb", "pathlib", "logging", "rich"},
    "shells": set(),
    "doors": {"lightning", "torch", "wandb"},
    "house": set(),
}
MAY = {  # which rooms of dance3d a room may import
    "words": {"words"},
    "maths": {"words", "maths"},
    "nets": {"words", "maths", "nets"},
    "shells": {"words", "maths", "nets", "shells", "doors"},
    "doors": {"words", "doors"},
    "house": {"words", "maths", "nets", "shells", "doors", "house"},
}


def room(file: str) -> str:
    """The room of a file, named by its path below dance3d without the suffix."""
    top, _, rest = file.partition("/")
    if file in WORDS or top == "contracts" or file == "stages/settings":
        return "words"
    if file in HOUSE or top == "cli":
        return "house"
    if top in ("io", "datasets", "report"):
        return "doors"
    if top == "stages":
        return "maths" if rest.endswith("rules") else "nets" if rest.endswith("model") or rest in NETS else "shells"
    return "maths" if file in MATHS or top in ("masks", "metrics") else "shells"


def imports(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


FILES = sorted(p.relative_to(ROOT).with_suffix("").as_posix() for p in ROOT.rglob("*.py"))


@pytest.mark.parametrize("file", FILES)
def test_a_file_imports_only_what_its_room_may(file):
    here, stage = room(file), file.split("/")[1] if file.startswith("stages/") else None
    for module in imports(ROOT / f"{file}.py"):
        head, *rest = module.split(".")
        assert head not in NEVER[here], f"{file} ({here}) imports {module}"
        target = "/".join(rest)
        target = target if target in FILES else f"{target}/__init__" if f"{target}/__init__" in FILES else ""
        if head != "dance3d" or not target or target == "__init__":
            continue
        if target.split("/")[-1] == "__init__" and target != "registry":
            continue  # a package's door names its rooms; the rooms themselves are judged
        assert room(target) in MAY[here], f"{file} ({here}) imports {module} ({room(target)})"
        if stage and target.startswith("stages/") and target != "stages/settings" and here != "house":
            assert target.split("/")[1] == stage, f"{file} imports another stage: {module}"


def test_every_room_of_the_table_has_a_file():
    assert {room(file) for file in FILES} == set(MAY)


def test_no_joint_number_leaves_the_skeleton():
    """Three or more numbers in one literal index are taken for joint numbers."""
    for file in FILES:
        if file == "skeleton":
            continue
        for node in ast.walk(ast.parse((ROOT / f"{file}.py").read_text())):
            if isinstance(node, ast.Subscript):
                lists = [n for n in ast.walk(node.slice) if isinstance(n, ast.List)]
                numbers = [e.value for n in lists for e in n.elts if isinstance(e, ast.Constant)]
                assert len(numbers) < 3, f"{file}:{node.lineno} indexes with {numbers}"
