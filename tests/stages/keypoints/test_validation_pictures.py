import numpy as np

from dance3d.stages.keypoints.data import KeypointData
from dance3d.stages.keypoints.module import KeypointModule


def test_pictures_show_the_last_validation_batch(trained, crops):
    data = KeypointData(str(crops), batch=4)
    data.setup()
    batch = next(iter(data.val_dataloader()))
    module = KeypointModule(64, 8)
    module.log_dict = lambda *args, **kwargs: None
    module.validation_step(batch, 0)
    (picture,) = module.validation_pictures().values()
    assert picture.dtype == np.uint8 and picture.shape[1] == 6 * 192 and picture.std() > 5
