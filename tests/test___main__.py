import subprocess
import sys


def test_the_package_is_a_command():
    found = subprocess.run([sys.executable, "-m", "dance3d", "nonsense"], capture_output=True, text=True, check=False)
    assert found.returncode == 2 and "nonsense" in found.stderr and not found.stdout
