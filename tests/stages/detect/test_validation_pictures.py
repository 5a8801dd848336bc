import crop_sets
import torch

from dance3d.skeleton import H36M17
from dance3d.stages.detect.data import MomentDataset
from dance3d.stages.detect.evaluator import ScenePredictions
from dance3d.stages.detect.model import net_targets
from dance3d.stages.detect.multiview_consensus import reach_consensus
from dance3d.stages.detect.validation_pictures import contact_sheet
from dance3d.visualization.skeleton import LEFT


def test_a_moment_is_a_row_and_a_view_a_column_with_its_answer_on_top(tmp_path):
    scenes = MomentDataset(crop_sets.shots(tmp_path, moments=7, views=2)).scenes(range(7))
    xyz = net_targets(scenes.truth[:, None], scenes.extrinsics, scenes.half)
    spread = torch.full(xyz.shape[:3], 0.05)
    said = ScenePredictions(xyz, spread, reach_consensus(xyz, spread, scenes.half, scenes.extrinsics, scenes.valid))
    sheet = contact_sheet(scenes, said)
    assert sheet.shape == (6 * 192, 2 * 192, 3)  # six moments at most
    x, y = ((xyz[0, 0, H36M17.index("left_knee"), :2] + 1) / 2 * 192).long().tolist()
    near = torch.from_numpy(sheet[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4].copy()).int()
    assert (near - torch.tensor(LEFT)).abs().amax(-1).min() < 60  # the left knee is drawn where it was answered
