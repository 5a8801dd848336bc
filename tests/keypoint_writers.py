"""Files of keypoints as other tools write them, orders spelt out from the tools' own documentation; and the check."""

import json
import pickle

import numpy as np

from dance3d.contracts.detections import Detections
from dance3d.skeleton import H36M17

# A dancer seen from the front in a picture of 400 x 300: the left hand (at the right of the picture) up, the right one
# out and low, the left foot raised. Every number differs, so that no exchange can hide.
FIGURE = {
    "nose": (200, 60), "left_eye": (206, 55), "right_eye": (194, 54), "left_ear": (212, 58), "right_ear": (188, 57),
    "left_shoulder": (225, 90), "right_shoulder": (175, 92), "left_elbow": (245, 60), "right_elbow": (150, 110),
    "left_wrist": (255, 25), "right_wrist": (120, 125), "left_hip": (216, 160), "right_hip": (184, 162),
    "left_knee": (240, 190), "right_knee": (182, 210), "left_ankle": (262, 205), "right_ankle": (180, 262),
    "head": (203, 31), "neck": (200, 91), "pelvis": (200, 161), "spine": (201, 126), "thorax": (199, 89),
    "left_big_toe": (270, 214), "left_small_toe": (275, 211), "left_heel": (258, 209),
    "right_big_toe": (172, 271), "right_small_toe": (168, 269), "right_heel": (184, 268),
}  # fmt: skip
SIZE, FPS = (400, 300), 25.0
COCO = """nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist
right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle""".split()  # cocodataset.org
BODY_25 = """nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist pelvis right_hip
right_knee right_ankle left_hip left_knee left_ankle right_eye left_eye right_ear left_ear left_big_toe left_small_toe
left_heel right_big_toe right_small_toe right_heel""".split()  # OpenPose, doc/02_output.md
COCO_18 = BODY_25[:8] + BODY_25[9:19]  # OpenPose's other model: no middle of the hips, no feet
HALPE = [*COCO, *"head neck pelvis left_big_toe right_big_toe left_small_toe right_small_toe".split()]
HALPE += ["left_heel", "right_heel"]  # Halpe-FullBody, README
WHOLE = [*COCO, *"left_big_toe left_small_toe left_heel right_big_toe right_small_toe right_heel".split()]
BLAZE = """nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer left_ear right_ear
mouth_left mouth_right left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_pinky
right_pinky left_index right_index left_thumb right_thumb left_hip right_hip left_knee right_knee left_ankle
right_ankle left_heel right_heel left_foot_index right_foot_index""".split()  # MediaPipe, pose landmarker
H36M = """pelvis right_hip right_knee right_ankle left_hip left_knee left_ankle spine thorax nose head left_shoulder
left_elbow left_wrist right_shoulder right_elbow right_wrist""".split()  # Human3.6M as VideoPose3D has it
BLAZE_FACE = {"mouth_left": (204, 68), "mouth_right": (196, 67)}


def body(order, shift=0.0, more=0, score=0.9):
    """(J, 3): the figure in an order of joints, moved right, with other points behind."""
    points = [(FIGURE | BLAZE_FACE).get(name, (210 + i, 33 + i)) for i, name in enumerate(order)]
    points += [(5 + i, 290) for i in range(more)]
    return np.array([(x + shift, y, score) for x, y in points])


def text(path, value):
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def plain(path, tracks):
    """Our own arrays of tracks of the same frames."""
    fields = {f: np.array([getattr(t, f) for t in tracks]) for f in ("xy", "score", "measured", "person", "name")}
    np.savez(path, **fields, **{f: getattr(tracks[0], f) for f in ("time", "size", "start", "skeleton")})


def openpose(path, order=BODY_25, frames=3, shifts=(0,), ids=None, first=0):
    path.mkdir()
    for t in range(frames):
        people = [
            {"person_id": [-1 if ids is None else ids[i]], "pose_keypoints_2d": body(order, s + t).ravel().tolist(),
             "face_keypoints_2d": [], "hand_left_keypoints_2d": []}
            for i, s in enumerate(shifts)
        ]  # fmt: skip
        text(path / f"clip_{t + first:012d}_keypoints.json", {"version": 1.3, "people": people})
    return path


def alphapose(path, order=COCO, more=0, frames=3, shifts=(0,), ids=None, score=0.9):
    return text(path, [
        {"image_id": f"{t}.jpg", "category_id": 1, "score": 2.7, "box": [0, 0, 9, 9], "idx": ids[i] if ids else 0.0,
         "keypoints": body(order, s + t, more, score).ravel().tolist()}
        for t in range(frames) for i, s in enumerate(shifts)
    ])  # fmt: skip


def coco_results(path, frames=3):
    return text(path, [
        {"image_id": t, "category_id": 1, "keypoints": body(COCO, t).ravel().tolist(), "score": 0.8}
        for t in range(frames)
    ])  # fmt: skip


def coco(path, order=None, frames=3, names=True):
    order = order or COCO[::-1]  # the category names them, so any order will do
    images = [{"id": 70 - t, "file_name": f"img{t + 8}.png", "width": 400, "height": 300} for t in range(frames)]
    marks = [
        {
            "id": t,
            "image_id": 70 - t,
            "category_id": 3,
            "iscrowd": 0,
            "keypoints": body(order, t, 0, 2).ravel().tolist(),
        }
        for t in range(frames)
    ]
    category = {"id": 3, "name": "person"} | ({"keypoints": order} if names else {})
    return text(path, {"images": images[::-1], "annotations": marks, "categories": [category]})


def mediapipe(path, frames=3, plain=True):
    people = [[body(BLAZE, t)] for t in range(frames)]
    rows = [[[[x / 400, y / 300, 0.1, s] for x, y, s in p.tolist()] for p in frame] for frame in people]
    if plain:
        return text(path, rows)
    return text(path, [[{"x": x, "y": y, "z": z, "visibility": s} for x, y, z, s in frame[0]] for frame in rows])


def mmpose(path, order=COCO, frames=3, meta=None, more=()):
    names = {str(i): name for i, name in enumerate([*order, *more])}
    info = [
        {"frame_id": t + 1, "instances": [
            {"keypoints": b[:, :2].tolist(), "keypoint_scores": b[:, 2].tolist(), "bbox": [[0, 0, 9, 9]]}
        ]} for t in range(frames) for b in [body(order, t, len(more))]
    ]  # fmt: skip
    meta = {"dataset_name": "coco", "keypoint_id2name": names} if meta is None else meta
    return text(path, {"meta_info": meta, "instance_info": info})


SYMMETRY = {
    "coco": [list(range(1, 17, 2)), list(range(2, 17, 2))],
    "h36m": [[4, 5, 6, 11, 12, 13], [1, 2, 3, 14, 15, 16]],
}


def videopose3d(path, order=COCO, layout="coco", frames=3, takes=None, **meta):
    track = np.stack([body(order, t)[:, :2] for t in range(frames)]).astype(np.float32)
    metadata = {"layout_name": layout, "num_joints": 17, "keypoints_symmetry": SYMMETRY.get(layout)} | meta
    metadata |= {"video_metadata": {"clip.mp4": {"w": 400, "h": 300}}}
    takes = takes or {"clip.mp4": {"custom": [track]}}
    np.savez_compressed(path, positions_2d=takes, metadata={k: v for k, v in metadata.items() if v is not None})
    return path


def aist(path, frames=3, cameras=9, protocol=4):
    track = np.stack([body(COCO, t) for t in range(frames)])
    views = np.stack([track + np.array([100 * camera, 0, 0]) for camera in range(cameras)])
    stored = {"keypoints2d": views, "det_scores": np.ones((cameras, frames)), "timestamps": np.arange(frames)}
    path.write_bytes(pickle.dumps(stored, protocol))
    return path


def deeplabcut(path, frames=3, spell=str, persons=None, drop=()):
    names = [n for n in COCO if n not in drop]
    people = persons or [""]
    cells = [(p, n, c) for p in people for n in names for c in ("x", "y", "likelihood")]
    rows = [["scorer", *["DLC_net"] * len(cells)]]
    rows += [["individuals", *[p for p, _, _ in cells]]] if persons else []
    rows += [["bodyparts", *[spell(n) for _, n, _ in cells]], ["coords", *[c for _, _, c in cells]]]
    for t in range(frames):
        bodies = [dict(zip(COCO, body(COCO, t + 50 * i).tolist(), strict=True)) for i in range(len(people))]
        rows.append([t, *[b[n][k] for b in bodies for n in names for k in range(3)]])
    return text(path, "\n".join(",".join(map(str, row)) for row in rows) + "\n")


def sleap(path, frames=3, spell=str, tracks=("",)):
    head = ["track", "frame_idx", "instance.score", *[f"{spell(n)}.{c}" for n in COCO for c in ("x", "y", "score")]]
    rows = [head]
    for t in range(frames):
        rows += [[name, t, 0.8, *body(COCO, t + 50 * i).ravel().tolist()] for i, name in enumerate(tracks)]
    return text(path, "\n".join(",".join(map(str, row)) for row in rows) + "\n")


def camel(name):
    """``left_knee`` as ``LKnee``, ``nose`` as ``Nose``."""
    side, _, part = name.partition("_")
    return f"{side[0].upper()}{part.capitalize()}" if part else name.capitalize()


def behind(name):
    """``left_knee`` as ``knee_l``."""
    side, _, part = name.partition("_")
    return f"{part}_{side[0]}" if part else name


TOE_FACE = [f"face-{i}" for i in range(110)]

# label: (format, how it is written, what the call says besides size and rate, first frame, tracked)
CASES = {
    "openpose-25": ("openpose", lambda p: openpose(p / "k"), {}, 0, False),
    "openpose-18": ("openpose", lambda p: openpose(p / "k", COCO_18), {}, 0, False),
    "alphapose-17": ("alphapose", lambda p: alphapose(p / "k.json"), {}, 0, True),
    "alphapose-26": ("alphapose", lambda p: alphapose(p / "k.json", HALPE), {}, 0, True),
    "alphapose-136": ("alphapose", lambda p: alphapose(p / "k.json", HALPE, 110), {}, 0, True),
    "alphapose-133": ("alphapose", lambda p: alphapose(p / "k.json", WHOLE, 110), {}, 0, True),
    "coco-results": ("coco-results", lambda p: coco_results(p / "k.json"), {}, 0, False),
    "coco-h36m-said": ("alphapose", lambda p: alphapose(p / "k.json", H36M), {"skeleton": "h36m17"}, 0, True),
    "coco": ("coco", lambda p: coco(p / "k.json"), {}, 0, False),
    "coco-unnamed": ("coco", lambda p: coco(p / "k.json", COCO, names=False), {}, 0, False),
    "mediapipe": ("mediapipe", lambda p: mediapipe(p / "k.json"), {}, 0, False),
    "mediapipe-dicts": ("mediapipe", lambda p: mediapipe(p / "k.json", plain=False), {}, 0, False),
    "mmpose-coco": ("mmpose", lambda p: mmpose(p / "k.json"), {}, 1, False),
    "mmpose-halpe": ("mmpose", lambda p: mmpose(p / "k.json", HALPE), {}, 1, False),
    "mmpose-whole": ("mmpose", lambda p: mmpose(p / "k.json", WHOLE, more=TOE_FACE), {}, 1, False),
    "mmpose-h36m": ("mmpose", lambda p: mmpose(p / "k.json", H36M, meta={"dataset_name": "h36m"}), {}, 1, False),
    "videopose3d-coco": ("videopose3d", lambda p: videopose3d(p / "k.npz"), {}, 0, True),
    "videopose3d-h36m": ("videopose3d", lambda p: videopose3d(p / "k.npz", H36M, "h36m"), {}, 0, True),
    "aist": ("aist", lambda p: aist(p / "k.pkl"), {"take": "c01"}, 0, True),
    "deeplabcut": ("deeplabcut", lambda p: deeplabcut(p / "k.csv", spell=camel), {}, 0, True),
    "sleap": ("sleap", lambda p: sleap(p / "k.csv", spell=behind), {}, 0, False),
}


LIMBS = [f"{s}_{j}" for s in ("left", "right") for j in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")]


def one(found):
    """(T, 17, 2) of the only dancer, who is in every frame."""
    if isinstance(found, Detections):
        assert found.frame.tolist() == list(range(len(found.time)))
        return found.xy
    (track,) = found
    return track.xy


def check(xy):
    """Every joint is where the figure has it, one pixel further right in every frame."""
    for t in range(len(xy)):
        at = {joint: xy[t, H36M17.index(joint)] - (t, 0) for joint in H36M17.joints}
        for joint in LIMBS:
            np.testing.assert_allclose(at[joint], FIGURE[joint], atol=1e-3, err_msg=joint)
        assert at["head"][1] < at["nose"][1] < at["thorax"][1] < at["spine"][1] < at["pelvis"][1]  # y is down
        for joint, near in (("nose", "nose"), ("head", "head"), ("thorax", "neck"), ("pelvis", "pelvis")):
            assert np.linalg.norm(at[joint] - FIGURE[near]) < 12, joint
