"""A figure that looks different from every side, and how tools write it: the tests' own knowledge of the formats."""

import json
import pickle

import numpy as np
from scipy.spatial.transform import Rotation

from dance3d.contracts import MotionClip
from dance3d.io import artefacts
from dance3d.skeleton import COCO17, H36M17, H36M32

FPS = 30.0
SIDES = ("left", "right")
LIMBS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")


def figure(frames=60):
    """(T, 17, 3) metres: walks along +z, the left foot in front, the right hand above the head."""
    at = {
        "left_hip": (0.0865, 0.92, 0), "right_hip": (-0.0865, 0.92, 0),
        "left_knee": (0.10, 0.51, 0.12), "right_knee": (-0.09, 0.50, -0.05),
        "left_ankle": (0.10, 0.08, 0.22), "right_ankle": (-0.09, 0.09, -0.18),
        "left_shoulder": (0.17, 1.42, 0.02), "right_shoulder": (-0.17, 1.42, 0.02),
        "left_elbow": (0.24, 1.14, -0.03), "right_elbow": (-0.30, 1.62, 0.05),
        "left_wrist": (0.26, 0.92, 0.10), "right_wrist": (-0.33, 1.86, 0.12),
        "nose": (0, 1.56, 0.05),
    }  # fmt: skip
    at = {name: np.array(place, float) for name, place in at.items()}
    for joint, ends in (("pelvis", "hip"), ("thorax", "shoulder")):
        at[joint] = (at[f"left_{ends}"] + at[f"right_{ends}"]) / 2
    at["spine"] = (at["pelvis"] + at["thorax"]) / 2
    at["head"] = at["nose"] + 0.18 / 0.47 * np.linalg.norm(at["thorax"] - at["pelvis"]) * np.array([0, 1, 0])
    pose = np.stack([at[name] for name in H36M17.joints])
    return pose + np.arange(frames)[:, None, None] / FPS * np.array([0.0, 0, 1])


def by(*metres):
    return np.array(metres, float)


def exchanged(xyz, what):
    """The figure as a wrong map would see it: the sides exchanged, or arms for legs."""
    if what == "sides":
        return xyz[:, H36M17.swap]
    pairs = dict(zip(LIMBS[:3], LIMBS[3:], strict=True))
    pairs |= {b: a for a, b in pairs.items()}
    other = {f"{s}_{a}": f"{s}_{b}" for s in SIDES for a, b in pairs.items()} | {"head": "pelvis", "pelvis": "head"}
    return xyz[:, [H36M17.index(other.get(name, name)) for name in H36M17.joints]]


def places(xyz):
    return {name: xyz[:, i] for i, name in enumerate(H36M17.joints)}


# ---- BVH ----------------------------------------------------------------------------------------------------------

# Of every tool: the joints of a side's limbs (hip knee ankle, clavicle, shoulder elbow wrist) with * for the side, the
# sides' words, the root, joints of the spine, neck, head, and the head's end ("" where there is none).
TOOLS = {
    "mixamo": ("mixamorig:*UpLeg mixamorig:*Leg mixamorig:*Foot", "mixamorig:*Shoulder",
               "mixamorig:*Arm mixamorig:*ForeArm mixamorig:*Hand", "Left Right", "mixamorig:Hips", "mixamorig:Spine1",
               "mixamorig:Neck", "mixamorig:Head", "mixamorig:HeadTop_End"),
    "vicon": ("*UpLeg *Leg *Foot", "*Shoulder", "*Arm *ForeArm *Hand", "Left Right", "Hips", "Spine", "Neck",
              "Head", "End"),
    "maya": ("Character1_*UpLeg Character1_*Leg Character1_*Foot", "Character1_*Shoulder",
             "Character1_*Arm Character1_*ForeArm Character1_*Hand", "Left Right", "Character1_Hips",
             "Character1_Spine", "Character1_Neck", "Character1_Head", ""),
    "rokoko": ("*Thigh *Shin *Foot", "*Shoulder", "*Arm *ForeArm *Hand", "Left Right", "Hips", "Spine2", "Neck",
               "Head", "End"),
    "xsens": ("*Hip *Knee *Ankle", "*Collar", "*Shoulder *Elbow *Wrist", "Left Right", "Hips", "Chest", "Neck",
              "Head", "End"),
    "biped": ("Bip01 * Thigh/Bip01 * Calf/Bip01 * Foot", "Bip01 * Clavicle",
              "Bip01 * UpperArm/Bip01 * Forearm/Bip01 * Hand", "L R", "Bip01", "Bip01 Spine1", "Bip01 Neck",
              "Bip01 Head", "Bip01 HeadNub"),
    "bandai": ("UpperLeg_* LowerLeg_* Foot_*", "Shoulder_*", "UpperArm_* LowerArm_* Hand_*", "L R", "Hips", "Spine",
               "Neck", "Head", ""),
    "mvn": ("*UpperLeg *LowerLeg *Foot", "*Shoulder", "*UpperArm *ForeArm *Hand", "Left Right", "Pelvis", "L3", "Neck",
            "Head", "End"),
    "unity": ("*UpperLeg *LowerLeg *Foot", "*Shoulder", "*UpperArm *LowerArm *Hand", "Left Right", "Hips", "Spine",
              "Neck", "Head", "End"),
    "unreal": ("thigh_* calf_* foot_*", "clavicle_*", "upperarm_* lowerarm_* hand_*", "l r", "pelvis", "spine_02",
               "neck_01", "head", "End"),
    "smpl": ("*_Hip *_Knee *_Ankle", "*_Collar", "*_Shoulder *_Elbow *_Wrist", "L R", "Pelvis", "Spine2", "Neck",
             "Head", "End"),
    "poser": ("*Thigh *Shin *Foot", "*Collar", "*Shldr *ForeArm *Hand", "l r", "hip", "abdomen", "neck", "head", "End"),
    "asf": ("*femur *tibia *foot", "*clavicle", "*humerus *radius *wrist", "l r", "root", "lowerback", "lowerneck",
            "head", "End"),
    "vroid": ("J_Bip_*_UpperLeg J_Bip_*_LowerLeg J_Bip_*_Foot", "J_Bip_*_Shoulder",
              "J_Bip_*_UpperArm J_Bip_*_LowerArm J_Bip_*_Hand", "L R", "J_Bip_C_Hips", "J_Bip_C_Spine", "J_Bip_C_Neck",
              "J_Bip_C_Head", "J_Bip_C_Head_end"),
    "character creator": ("CC_Base_*_Thigh CC_Base_*_Calf CC_Base_*_Foot", "CC_Base_*_Clavicle",
                          "CC_Base_*_Upperarm CC_Base_*_Forearm CC_Base_*_Hand", "L R", "CC_Base_Hip", "CC_Base_Waist",
                          "CC_Base_NeckTwist01", "CC_Base_Head", "End"),
    "biovision": ("*UpLeg *LowLeg *Foot", "*Collar", "*UpArm *LowArm *Hand", "Left Right", "Hips", "Chest", "Neck",
                  "Head", "End"),
    "ipi": ("*Thigh *Shin *Foot", "*Clavicle", "*Shoulder *Forearm *Hand", "L R", "Hip", "MiddleSpine", "Neck", "Head",
            "End"),
    "optitrack": ("*Thigh *Shin *Foot", "*Shoulder", "*UArm *FArm *Hand", "L R", "Hip", "Ab", "Neck", "Head", "End"),
    "blender": ("thigh.* shin.* foot.*", "shoulder.*", "upper_arm.* forearm.* hand.*", "L R", "hips", "spine", "neck",
                "head", "End"),
}  # fmt: skip


def _named(text, side, words):
    """Names of a side."""
    names = text.replace("*", words.split()[SIDES.index(side)])
    return names.split("/" if "/" in names else None)


def tool_joints(xyz, tool):
    """Name, parent and (T, 3) of every joint, parents first, as a tool names them."""
    legs, clavicle, arms, words, root, spine, neck, head, end = TOOLS[tool]
    at = places(xyz)
    out = [(root, "", at["pelvis"] + by(0, 0.03, 0)), (spine, root, at["spine"])]
    out.append((neck, spine, at["thorax"] + by(0, 0.06, 0.01)))
    out.append((head, neck, at["nose"]))
    if end:  # as long as it happens to be
        out.append((end, head, at["nose"] + (at["head"] - at["nose"]) * 0.6))
    for side in SIDES:
        parent = root
        for name, joint in zip(_named(legs, side, words), LIMBS[:3], strict=True):
            out.append((name, parent, at[f"{side}_{joint}"]))
            parent = name
        parent = clavicle.replace("*", words.split()[SIDES.index(side)])
        out.append((parent, spine, at["thorax"] * 0.8 + at[f"{side}_shoulder"] * 0.2))
        for name, joint in zip(_named(arms, side, words), LIMBS[3:], strict=True):
            out.append((name, parent, at[f"{side}_{joint}"]))
            parent = name
    return out


def cmu_joints(xyz):
    """The conversion of 31 joints, those that matter."""
    at = places(xyz)
    out = [("Hips", "", at["pelvis"]), ("LowerBack", "Hips", at["pelvis"]), ("Spine", "LowerBack", at["spine"])]
    out += [("Head", "Spine", at["nose"]), ("End", "Head", (at["nose"] + at["head"]) / 2)]
    for side in SIDES:
        word = side.title()
        out.append((f"{word[0]}HipJoint", "Hips", at["pelvis"]))
        out.append((f"{word}Shoulder", "Spine", at["thorax"]))
        chains = (("UpLeg", "Leg", "Foot"), f"{word[0]}HipJoint"), (("Arm", "ForeArm", "Hand"), f"{word}Shoulder")
        for joints, (names, parent) in zip((LIMBS[:3], LIMBS[3:]), chains, strict=True):
            for name, joint in zip(names, joints, strict=True):
                out.append((word + name, parent, at[f"{side}_{joint}"]))
                parent = word + name
    return out


def centimetre_joints(xyz):
    """The conversion of 43 joints, those that matter: the top of the head is 18 cm above its joint."""
    at = places(xyz)
    skull = at["head"] - by(0, 0.18, 0)
    eye = 2 * at["nose"] - skull
    out = [("hip", "", at["pelvis"]), ("abdomen", "hip", at["spine"]), ("chest", "abdomen", at["thorax"])]
    out += [
        ("head", "chest", skull),
        ("leftEye", "head", eye + by(0.03, 0, 0)),
        ("rightEye", "head", eye - by(0.03, 0, 0)),
    ]
    for side in SIDES:
        chains = (("Thigh", "Shin", "Foot"), "hip"), (("Shldr", "ForeArm", "Hand"), "chest")
        for joints, (names, parent) in zip((LIMBS[:3], LIMBS[3:]), chains, strict=True):
            for name, joint in zip(names, joints, strict=True):
                out.append((side[0] + name, parent, at[f"{side}_{joint}"]))
                parent = side[0] + name
    return out


def bvh_text(joints, per_metre=1.0, z_up=False):
    """A BVH whose root turns about y, and whose joints all have places of their own, as some tools write them."""
    where = {name: place * per_metre for name, _, place in joints}
    frames = len(joints[0][2])
    angle = np.linspace(0, 40, frames)
    c, s, o, i = (v(np.deg2rad(angle)) for v in (np.cos, np.sin, np.zeros_like, np.ones_like))
    turn = np.stack([c, o, s, o, i, o, -s, o, c], -1).reshape(frames, 3, 3)
    tip = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0.0]]) if z_up else np.eye(3)  # y up to z up
    columns, lines, stack = [], ["HIERARCHY"], []
    order = _depth_first(joints)
    for name, parent in order:
        while stack and stack[-1] != parent:
            lines.append("}")
            stack.pop()
        lines += ["End Site" if name == "End" else f"{'JOINT' if stack else 'ROOT'} {name}", "{"]
        stack.append(name)
        if not parent:
            local = where[name] @ tip.T
        else:
            local = np.einsum("tji,tj->ti", turn, where[name] - where[parent])
        lines.append("OFFSET " + " ".join(f"{v:.6f}" for v in local[0]))
        if name == "End":
            continue
        lines.append("CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation")
        turned = [np.zeros(frames), np.full(frames, 90.0) if z_up else np.zeros(frames), angle]
        columns += [*local.T, *(turned if not parent else np.zeros((3, frames)))]
    lines += ["}"] * len(stack) + ["MOTION", f"Frames: {frames}", f"Frame Time: {1 / FPS:.7f}"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in np.array(columns).T]
    return "\n".join(lines) + "\n"


def _depth_first(joints):
    children = {}
    for name, parent, _ in joints:
        children.setdefault(parent, []).append(name)
    found, left = [], [(name, "") for name in children[""]]
    while left:
        name, parent = left.pop()
        found.append((name, parent))
        left += [(child, name) for child in children.get(name, [])[::-1]]
    return found


# ---- ASF and AMC ----------------------------------------------------------------------------------------------------


def asf_bones(xyz):
    """Name, parent and (3,) from its beginning to its end of every bone, as in CMU's own skeletons."""
    at = {name: place[0] for name, place in places(xyz).items()}
    out = [("lowerback", "root", at["spine"] - at["pelvis"]), ("upperback", "lowerback", at["thorax"] - at["spine"])]
    out += [("lowerneck", "upperback", at["nose"] - at["thorax"])]
    out += [("head", "lowerneck", (at["head"] - at["nose"]) / 2)]
    for side in SIDES:
        hip, knee, ankle, shoulder, elbow, wrist = (at[f"{side}_{joint}"] for joint in LIMBS)
        ways = {"hipjoint": hip - at["pelvis"], "femur": knee - hip, "tibia": ankle - knee, "foot": by(0, -0.06, 0.15)}
        arms = {"clavicle": shoulder - at["thorax"], "humerus": elbow - shoulder, "radius": wrist - elbow}
        for chain, parent in ((ways, "root"), (arms | {"wrist": (wrist - elbow) / 4}, "upperback")):
            for name, way in chain.items():
                out.append((side[0] + name, parent, way))
                parent = side[0] + name
    return out


def write_amc(path, xyz, degrees=True, length=0.45, order="rz rx ry", root="RY TZ TX TY RX RZ", seed=3):
    """A take in CMU's own form, its skeleton beside it: every bone is turned, about axes of its own.

    Args:
        path: of the AMC file; the skeleton is called by the first word of its name.
        xyz: (T, 17, 3) a figure that is moved, not turned.
        degrees: else radians, in both files.
        length: the skeleton's unit of length, in which an inch is so many of the file's.
        order: of a bone's values.
        root: of the root's.
        seed: of the angles.
    """
    draw = np.random.default_rng(seed)
    scale, word = (1, "deg") if degrees else (np.pi / 180, "rad")

    def turn(words, angles):  # about fixed axes, in the order of the words
        return Rotation.from_euler("".join(word[1] for word in words), angles, degrees=True)

    spun = dict(zip("xyz", draw.uniform(-60, 60, 3), strict=True))
    root_turns = [word.lower() for word in root.split() if word[0] == "R"]
    turned = {"root": turn(root_turns, [spun[word[1]] for word in root_turns])}
    lines = [":version 1.10", ":name VICON", ":units", "  mass 1.0", f"  length {length}", f"  angle {word}", ":root"]
    lines += [f"   order {root}", "   axis XYZ", "   position 0 0 0", "   orientation 0 0 0", ":bonedata"]
    frame, tree = {}, {}
    for name, parent, way in asf_bones(xyz):
        axis = draw.uniform(-90, 90, 3)
        bone, angles = turn(("rx", "ry", "rz"), axis), draw.uniform(-60, 60, 3)
        if name.endswith("hipjoint"):
            angles *= 0
        turned[name] = turned[parent] * bone * turn(order.split(), angles) * bone.inv()
        rest = turned[name].inv().apply(way) * length / 0.0254
        size = np.linalg.norm(rest)
        lines += ["  begin", f"    name {name}", "    direction " + " ".join(f"{v:.9f}" for v in rest / size)]
        lines += [f"    length {size:.9f}", f"    axis {' '.join(f'{v * scale:.9f}' for v in axis)} XYZ"]
        if not name.endswith("hipjoint"):
            lines += [f"    dof {order}", "    limits (-160.0 20.0)", "           (-70.0 70.0)"]
            frame[name] = " ".join(f"{v * scale:.9f}" for v in angles)
        lines.append("  end")
        tree.setdefault(parent, []).append(name)
    lines += [":hierarchy", "  begin", *(f"    {parent} {' '.join(names)}" for parent, names in tree.items()), "  end"]
    path.with_name(f"{path.name.split('_')[0].split('.')[0]}.asf").write_text("\n".join(lines) + "\n")
    motion = ["#!OML:ASF", ":FULLY-SPECIFIED", ":DEGREES" if degrees else ":RADIANS"]
    for number, place in enumerate(places(xyz)["pelvis"] * length / 0.0254, 1):
        said = {f"T{a.upper()}": v for a, v in zip("xyz", place, strict=True)}
        said |= {f"R{a.upper()}": v * scale for a, v in spun.items()}
        motion += [str(number), "root " + " ".join(f"{said[word]:.9f}" for word in root.split())]
        motion += [f"{name} {angles}" for name, angles in frame.items()]
    path.write_text("\n".join(motion) + "\n")


# ---- the others ---------------------------------------------------------------------------------------------------


def markers(xyz, cmu=False):
    """Skin markers (T, 3) metres by name, Plug-in Gait's or CMU's."""
    at = places(xyz)
    hips = (at["left_hip"] + at["right_hip"]) / 2
    front = hips + by(0, 0.30 * 0.24 + 0.0109, 0.24 * 0.16 + 0.0099)  # a pelvis 24 cm wide and 16 cm deep
    out = {"C7": at["thorax"] - by(0, -0.06, 0.08), "STRN": at["thorax"] + by(0, -0.1, 0.1)}
    for side, x in (("L", 1), ("R", -1)):
        word = "left" if side == "L" else "right"
        asi, psi = ("FWT", "BWT") if cmu else ("ASI", "PSI")
        out[side + asi] = front + by(0.12 * x, 0, 0)
        out[side + psi] = front + by(0.04 * x, 0, -0.16)
        out[side + "KNE"] = at[f"{word}_knee"] + by(0.05 * x, 0, 0)
        out[side + "ANK"] = at[f"{word}_ankle"] + by(0.035 * x, 0, 0)
        out[side + "TOE"] = at[f"{word}_ankle"] + by(0, -0.06, 0.15)
        out[side + "SHO"] = at[f"{word}_shoulder"] + by(0, 0.05, 0)
        out[side + "ELB"] = at[f"{word}_elbow"]
        a, b = ("IWR", "OWR") if cmu else ("WRA", "WRB")
        out[side + a] = at[f"{word}_wrist"] + by(0, 0.02, 0.02)
        out[side + b] = at[f"{word}_wrist"] - by(0, 0.02, 0.02)
        band = at["nose"] + by(0.07 * x, 0.09, -0.04)
        out[side + "FHD"], out[side + "BHD"] = band + by(0, 0, 0.08), band - by(0, 0, 0.08)
    return out


def write_c3d(path, points, per_metre=1000.0, units="mm", rate=FPS, z_up=True):
    """Markers as a C3D file, z up as laboratories have it."""
    import ezc3d

    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [rate]
    file["parameters"]["POINT"]["UNITS"]["value"] = [units]
    file["parameters"]["POINT"]["LABELS"]["value"] = list(points)
    data = np.stack(list(points.values()), 1) * per_metre  # T N 3
    if z_up:
        data = np.stack([data[..., 0], -data[..., 2], data[..., 1]], -1)
    file["data"]["points"] = np.concatenate([data, np.ones((*data.shape[:2], 1))], -1).transpose(2, 1, 0)
    file.write(str(path))


def write_motive(path, points, type_="Bone", mark=",", facts=None, version="1.24"):
    """OptiTrack Motive's CSV of a take; metres, y up."""
    told = {"Format Version": version, "Take Name": "Take 1", "Take Notes": "", "Export Frame Rate": f"{FPS}.000000",
            "Rotation Type": "Quaternion", "Length Units": "Meters", "Coordinate Space": "Global"}  # fmt: skip
    turns = ["X", "Y", "Z", "W"] if type_ == "Bone" else []
    axes, names = [*turns, "X", "Y", "Z"], list(points)
    words = ("Type", "Name", "ID", "") if version != "1.0" else ("", "", "", "")
    kinds = ["Rotation"] * len(turns) + ["Position"] * 3
    head = [[type_] * len(axes) * len(names), [n for n in names for _ in axes], [f"{i}" for i in names for _ in axes]]
    lines = [[w for pair in (told | (facts or {})).items() for w in pair], []]
    lines += [["", word, *cells] for word, cells in zip(words, [*head, kinds * len(names)], strict=True)]
    lines.append(["Frame", "Time (Seconds)", *axes * len(names)])
    for t in range(len(next(iter(points.values())))):
        cells = ["0.1"] * len(turns)
        numbers = [c for name in names for c in (*cells, *(f"{v:.6f}" if v == v else "" for v in points[name][t]))]
        lines.append([str(t), f"{t / FPS:.6f}", *numbers])
    if mark == ";":
        lines = [[c.replace(".", ",") if c.replace(".", "").lstrip("-").isdigit() else c for c in row] for row in lines]
    path.write_text("\r\n".join(mark.join(row) for row in lines) + "\r\n")


def motive_bones(xyz, who="Ann"):
    """Bones of a skeleton by OptiTrack's names."""
    return {f"{who}:{name}": at for name, _, at in tool_joints(xyz, "optitrack") if name != "End"}


def coco(xyz):
    """(T, 17, 3) COCO joints of the figure."""
    at = places(xyz)
    ears = (at["head"] + 0.75 * at["thorax"]) / 1.75
    side = np.array([0.07, 0, 0])
    at |= {"left_ear": ears + side, "right_ear": ears - side, "left_eye": at["nose"], "right_eye": at["nose"]}
    at["nose"] = 3 * at["nose"] - 2 * ears  # its tip: the inner one is the mean of tip and ears
    return np.stack([at[name] for name in COCO17.joints], 1)


def write_aist(path, xyz):
    points = coco(xyz) * 100
    with path.open("wb") as file:
        pickle.dump({"keypoints3d": points + 3.0, "keypoints3d_optim": points}, file)


def write_videopose3d(path, xyz, takes=(("S1", "Walking 1"),)):
    at = places(xyz)
    points = np.stack([at.get(name, at["pelvis"]) for name in H36M32.joints], 1)
    points = np.stack([points[..., 0], -points[..., 2], points[..., 1]], -1).astype(np.float32)  # z up
    subjects = {}
    for subject, action in takes:
        subjects.setdefault(subject, {})[action] = points
    np.savez_compressed(path, positions_3d=np.array(subjects))


def write_ballroom(path, xyz):
    """Markers by number, as the geometry of the recordings has them: 3 to 11 right, 12 to 20 left."""
    at = places(xyz)
    points = np.zeros((len(xyz), 23, 3))
    points[:, 0], points[:, 1] = at["nose"] + by(-0.05, 0.06, 0), at["nose"] + by(0.05, 0.06, 0)
    points[:, 2] = at["spine"]
    numbers = {"right": (7, 8, 9, 3, 4, 6), "left": (16, 17, 18, 12, 13, 15)}
    for side, columns in numbers.items():
        for column, joint in zip(columns, LIMBS, strict=True):
            points[:, column] = at[f"{side}_{joint}"]
    points[:, 22] = at["right_wrist"]
    centre = points.mean(1)
    stored = {"length": len(xyz), "center": centre * 100, "skeletons": (points - centre[:, None]) * 100}
    path.write_text(json.dumps({key: np.asarray(value).tolist() for key, value in stored.items()}))


def write_npz(path, xyz, **more):
    np.savez(path, xyz=xyz, **({"fps": FPS, "skeleton": "h36m17"} | more))


def write_clip(path, xyz):
    artefacts.save(MotionClip(xyz, FPS, "mine", "mine", "waltz"), path)
