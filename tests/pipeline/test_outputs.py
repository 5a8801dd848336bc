"""What a run gives to the user: the files under the video's own name."""

from dance3d.pipeline.cache_entry import Entry
from dance3d.pipeline.outputs import NAME_MARK, delivered
from dance3d.pipeline.runner import Result


def test_the_report_has_the_videos_name_and_other_files_are_as_they_are(tmp_path):
    (tmp_path / "report.html").write_text(f"<h1>{NAME_MARK}</h1>")
    (tmp_path / "overlay.mp4").write_bytes(b"film")
    outputs = Result(Entry("outputs", "key", tmp_path, {}, ("overlay.mp4", "report.html")), object, True, 0.0, "")
    files = delivered(outputs, "<b>\udcff.mp4")
    assert files == {"overlay.mp4": tmp_path / "overlay.mp4", "report.html": b"<h1>&lt;b&gt;\\udcff.mp4</h1>"}
