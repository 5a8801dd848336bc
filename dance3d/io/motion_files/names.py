"""Which joint of a file is which of ours: the namings of tools and databases, and a user's own map.

Names are compared without prefix (``mixamorig:``, ``Bip01 ``), case, spaces, dots and lines: ``mixamorig:LeftUpLeg`` is
``leftupleg``, ``Bip01 L Thigh`` is ``lthigh``, ``thigh.L`` is ``thighl``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dance3d.io.motion_files.take import UNITS
from dance3d.io.yaml_files import read_yaml
from dance3d.skeleton import H36M17, Recipe

LIMBS = tuple(
    f"{side}_{j}" for side in ("left", "right") for j in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
)
"""Joints that every file must have; the others can be built."""
SKULL = "skull"
"""Key of a map, beside the joints: the skull's joint, from which nose and head are built where they are not given."""
_PREFIX = re.compile(
    r".*[:|]|mixamorig\d*[_ ]?|(.*\W)?bip\d*[_ ]+|j_bip_(c_)?|cc_base_|character\d*[_ ]", re.IGNORECASE
)
_WORDS = {"full": ("left", "right"), "short": ("l", "r")}


@dataclass(frozen=True)
class Naming:
    """A habit of naming joints.

    Attributes:
        limbs: plain names of hip, knee, ankle, shoulder, elbow and wrist, ``*`` for the side.
        sides: how the side is written, a key of ``_WORDS``.
        marks: plain names that set this naming apart from others of the same limbs.
        extra: joints of the trunk and head that are known to be other than built; plain names and weights.
        lifted: joints that are a file's joint moved along its own axes: plain name, and file units.
        unit: metres per file unit where the naming is one database's, else none: found by the body's height.
        up: axis that points up, likewise.
    """

    limbs: str
    sides: str = "full"
    marks: tuple[str, ...] = ()
    extra: Recipe = field(default_factory=dict)
    lifted: Mapping[str, tuple[str, tuple[float, float, float]]] = field(default_factory=dict)
    unit: float | None = None
    up: str | None = None


NAMINGS: dict[str, Naming] = {
    # CMU's own conversion of 31 joints; the skull's joint counts as the nose, its top is twice as far as its end.
    "cmu": Naming(
        "*upleg *leg *foot *arm *forearm *hand",
        marks=("lhipjoint", "lowerback", "headend"),
        extra={"spine": {"spine": 1.0}, "nose": {"head": 1.0}, "head": {"head": -1.0, "headend": 2.0}},
        unit=UNITS["cmu"],
        up="y",
    ),
    # The conversion of 43 joints in centimetres: the top of the head lies 18 above the skull's joint.
    "cmu-centimetres": Naming(
        "*thigh *shin *foot *shldr *forearm *hand",
        "short",
        marks=("abdomen", "head", "lefteye", "righteye"),
        extra={"spine": {"abdomen": 1.0}, "nose": {"lefteye": 0.25, "righteye": 0.25, "head": 0.5}},
        lifted={"head": ("head", (0.0, 18.0, 0.0))},
        unit=UNITS["cm"],
        up="y",
    ),
    # CMU's own skeletons, ASF: the same joints by the names of the bones that begin there.
    "cmu-bones": Naming(
        "*femur *tibia *foot *humerus *radius *wrist",
        "short",
        marks=("lhipjoint", "upperback", "headend"),
        extra={"spine": {"upperback": 1.0}, "nose": {"head": 1.0}, "head": {"head": -1.0, "headend": 2.0}},
        up="y",
    ),
    # Our own files: every joint stands where the pose has it.
    "dance3d": Naming(
        "*upleg *leg *foot *arm *forearm *hand",
        marks=("lowerback", "chest", "headtop"),
        extra={"spine": {"spine": 1.0}, "thorax": {"chest": 1.0}, "nose": {"head": 1.0}, "head": {"headtop": 1.0}},
    ),
    "bandai": Naming("upperleg* lowerleg* foot* upperarm* lowerarm* hand*", "short"),
    "humanik": Naming("*upleg *leg *foot *arm *forearm *hand"),  # Mixamo, MotionBuilder, Vicon, Qualisys
    "rokoko": Naming("*thigh *shin *foot *arm *forearm *hand"),
    "xsens": Naming("*hip *knee *ankle *shoulder *elbow *wrist"),
    "mvn": Naming("*upperleg *lowerleg *foot *upperarm *forearm *hand"),  # Xsens' segments
    "unity": Naming("*upperleg *lowerleg *foot *upperarm *lowerarm *hand"),
    "biped": Naming("*thigh *calf *foot *upperarm *forearm *hand", "short"),  # and Character Creator's, CC_Base_L_Thigh
    "poser": Naming("*thigh *shin *foot *shldr *forearm *hand", "short"),
    "unreal": Naming("thigh* calf* foot* upperarm* lowerarm* hand*", "short"),
    "blender": Naming("thigh* shin* foot* upperarm* forearm* hand*", "short"),
    "vroid": Naming("*upperleg *lowerleg *foot *upperarm *lowerarm *hand", "short"),  # J_Bip_L_UpperLeg
    "biovision": Naming("*upleg *lowleg *foot *uparm *lowarm *hand"),  # the format's first examples
    "motive": Naming("*thigh *shin *foot *uarm *farm *hand", "short"),  # OptiTrack's
    "ipi": Naming("*thigh *shin *foot *shoulder *forearm *hand", "short", marks=("lclavicle", "rclavicle")),
    "smpl": Naming("*hip *knee *ankle *shoulder *elbow *wrist", "short"),
    "asf": Naming("*femur *tibia *foot *humerus *radius *wrist", "short"),
}
_HEADS = ("head", "skull")


@dataclass(frozen=True)
class Match:
    """What a file's joints are: the naming's name, and a recipe over the file's own names."""

    naming: str
    recipe: Recipe
    lifted: Mapping[str, tuple[str, tuple[float, float, float]]] = field(default_factory=dict)
    unit: float | None = None
    up: str | None = None


def plain(name: str) -> str:
    """A joint's name without prefix, case and punctuation."""
    match = _PREFIX.match(name)
    rest = name[match.end() :] if match else name
    return re.sub(r"[\W_]", "", rest or name).lower()


def match_names(names: Collection[str], source: object) -> Match:
    """The first naming that has all limbs and a head among a file's joints.

    Args:
        names: the file's own.
        source: for the error.

    Raises:
        ValueError: no naming fits; lists what the nearest one misses, and the file's joints.
    """
    at = _plainly(names)
    fits: dict[str, list[str]] = {}
    for label, naming in NAMINGS.items():
        wanted = _limbs(naming) | {SKULL: next((h for h in _HEADS if h in at), _HEADS[0])}
        missing = [joint for joint, name in wanted.items() if name not in at]
        if not missing and all(mark in at for mark in naming.marks):
            recipe: dict[str, Mapping[str, float]] = {j: {_only(at, name, source): 1.0} for j, name in wanted.items()}
            for joint, parts in naming.extra.items():
                recipe[joint] = {_only(at, name, source): weight for name, weight in parts.items()}
            lifted = {j: (_only(at, name, source), move) for j, (name, move) in naming.lifted.items()}
            return Match(label, recipe, lifted, naming.unit, naming.up)
        fits[label] = missing + [mark for mark in naming.marks if mark not in at]
    nearest = min(fits, key=lambda label: len(fits[label]))
    raise ValueError(
        f"{source}: no naming known fits its joints; nearest is {nearest}, which misses {_and(fits[nearest])}. "
        f"The file has {_listed(names)}. Give a map such as {{left_hip: LeftUpLeg, ...}}; namings: {', '.join(NAMINGS)}"
    )


def match_map(given: Mapping[str, Any], names: Collection[str], source: object) -> Match:
    """A user's map as a recipe.

    Args:
        given: our joints (and ``skull``) to a name of the file, a list of names (their middle), or names and weights.
        names: the file's own; the map may write them as they are or plainly.
        source: for the error.

    Raises:
        ValueError: keys that are no joint of ours, joints not given, names that the file has not or has twice, or one
            name given to two limbs.
    """
    if unknown := sorted(set(map(str, given)) - {*H36M17.joints, SKULL}):
        raise ValueError(
            f"map: {', '.join(unknown)} are no joints of ours; choose from {', '.join(H36M17.joints)}, {SKULL}"
        )
    at, recipe, missing = _plainly(names), {}, [joint for joint in LIMBS if joint not in given]
    if not {SKULL, "head", "nose"} & set(given):
        missing.append("head")
    for joint, value in given.items():
        parts = _parts(joint, value)
        if lacking := [name for name in parts if name not in names and plain(name) not in at]:
            missing.append(f"{joint} ({', '.join(lacking)})")
            continue
        recipe[joint] = {(n if n in names else _only(at, plain(n), source)): weight for n, weight in parts.items()}
    if missing:
        raise ValueError(f"{source}: the map does not give {', '.join(missing)}. The file has {_listed(names)}")
    if {"nose", SKULL}.isdisjoint(recipe):  # a head by itself is what files call so: the skull's joint
        recipe[SKULL] = recipe.pop("head")
    singles = [tuple(recipe[joint]) for joint in LIMBS]
    if twice := sorted({", ".join(one) for one in singles if singles.count(one) > 1}):
        raise ValueError(f"{source}: the map gives {'; '.join(twice)} to two joints")
    return Match("your map", recipe)


def read_map(path: Path) -> dict[str, Any]:
    """A map, or the settings of a folder, from YAML or JSON.

    Raises:
        ValueError: the file is neither, or holds no mapping.
    """
    found = read_yaml(path)
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds {type(found).__name__}, expected a mapping such as left_hip: LeftUpLeg")
    return {str(key): value for key, value in found.items()}


def _parts(joint: str, value: object) -> dict[str, float]:
    """Names and weights of one line of a user's map."""
    if isinstance(value, str):
        return {value: 1.0}
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        return {name: 1 / len(value) for name in value}
    if isinstance(value, dict) and value and all(isinstance(w, int | float) for w in value.values()):
        if abs(sum(value.values()) - 1) < 1e-3:
            return {str(name): float(weight) for name, weight in value.items()}
        raise ValueError(f"map: the weights of {joint} sum to {sum(value.values()):g}, expected 1")
    raise ValueError(f"map: {joint} is {value!r}, expected a name, a list of names, or names with weights")


def _limbs(naming: Naming) -> dict[str, str]:
    words = _WORDS[naming.sides]
    patterns = naming.limbs.split() * 2
    return {
        joint: pattern.replace("*", words[joint.startswith("right")])
        for joint, pattern in zip(LIMBS, patterns, strict=True)
    }


def _plainly(names: Collection[str]) -> dict[str, list[str]]:
    """The file's names by their plain form."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(plain(name), []).append(name)
    return found


def _only(at: Mapping[str, list[str]], name: str, source: object) -> str:
    if len(at[name]) > 1:
        raise ValueError(
            f"{source} has {len(at[name])} joints named {at[name][0]!r}: one person to a file, or give a map"
        )
    return at[name][0]


def _and(missing: list[str]) -> str:
    words = ["head" if joint == SKULL else joint for joint in missing]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _listed(names: Collection[str]) -> str:
    some = list(names)[:80]
    return ", ".join(some) + (f" and {len(names) - len(some)} more" if len(names) > len(some) else "")
