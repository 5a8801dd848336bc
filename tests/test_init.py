import subprocess
import sys


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, dance3d; print(sorted({'torch','numpy','cv2','av','lightning'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
