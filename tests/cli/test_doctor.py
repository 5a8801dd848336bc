import json

from dance3d.cli import main


def test_doctor_writes_what_it_found(tmp_path):
    main(["doctor", "--json", str(tmp_path / "d.json")])
    found = {finding["name"]: finding for finding in json.loads((tmp_path / "d.json").read_text())}
    assert found["python"]["ok"] and found["torch"]["ok"] and "device" in found
