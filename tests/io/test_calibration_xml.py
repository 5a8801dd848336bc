import pytest

from dance3d.io import calibration_xml
from dance3d.io.calibration_xml import read_xml


def test_elements_and_texts_come_in_order(tmp_path):
    (tmp_path / "a.xml").write_text('<cameras><camera name="one">5 6</camera></cameras>')
    heard = []
    read_xml(
        tmp_path / "a.xml",
        lambda name, attributes: heard.append((name, attributes)),
        lambda name: heard.append(name),
        lambda text: heard.append(text),
    )
    assert heard == [("cameras", {}), ("camera", {"name": "one"}), "5 6", "camera", "cameras"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a><b></a>", "is no XML: mismatched tag"),
        ('<!DOCTYPE a [<!ENTITY b "boom">]><a>&b;</a>', "declares a document type, which no calibration does"),
        ("<a>" + " " * 99 + "</a>", "has 106 bytes, expected a calibration of at most 100"),
    ],
)
def test_what_no_calibration_is_gets_one_line(tmp_path, monkeypatch, text, message):
    monkeypatch.setattr(calibration_xml, "_LARGEST", 100)
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_xml(tmp_path / "a.xml", lambda name, attributes: None)
