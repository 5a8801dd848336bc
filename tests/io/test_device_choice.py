import pytest

from dance3d.io.device_choice import device_choice


@pytest.mark.parametrize("said", ["auto", "cpu", "cuda", "cuda:3"])
def test_a_device_is_as_the_variable_says(said, monkeypatch):
    monkeypatch.setenv("DANCE3D_DEVICE", said)
    assert device_choice() == said
    monkeypatch.setenv("DANCE3D_DEVICE", " ")
    assert device_choice() == "auto"
    monkeypatch.delenv("DANCE3D_DEVICE")
    assert device_choice() == "auto"


@pytest.mark.parametrize("said", ["gpu", "mps", "cuda:", "CPU"])
def test_another_word_names_the_choices(said, monkeypatch):
    monkeypatch.setenv("DANCE3D_DEVICE", said)
    with pytest.raises(ValueError, match=rf"DANCE3D_DEVICE is '{said}'; choose from auto, cpu, cuda or cuda:N"):
        device_choice()
