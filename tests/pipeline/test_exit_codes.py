import pytest

from dance3d.pipeline.cache_entry import InputChanged
from dance3d.pipeline.delivery import FolderChanged
from dance3d.pipeline.exit_codes import UsageError, exit_code, one_line


@pytest.mark.parametrize(
    ("error", "code"), [(InputChanged, 4), (FolderChanged, 4), (UsageError, 2), (ValueError, 3), (OSError, 3)]
)
def test_every_error_that_can_be_mended_has_its_code(error, code):
    assert exit_code(error("why")) == code


def test_what_an_error_says_is_one_line():
    assert one_line(ValueError("a\n  b\tc")) == "a b c"
    assert one_line(OSError("not there")) == "not there"


def test_an_error_of_the_system_names_the_file_and_no_number(tmp_path):
    with pytest.raises(OSError) as caught:
        (tmp_path / "no" / "labels.csv").write_text("")
    assert one_line(caught.value) == f"{tmp_path}/no/labels.csv: no such file or directory"
