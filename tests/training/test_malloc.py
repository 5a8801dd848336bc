import subprocess
import sys

import pytest

from dance3d.training import malloc

HELD = """
import ctypes
from dance3d.training import malloc
{before}
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
block = libc.malloc(64_000_000)
ctypes.memset(block, 1, 64_000_000)
full = resident()
libc.free(block)
print(full - resident())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_what_is_freed_stays_with_the_process():
    def given_back(before):
        run = subprocess.run([sys.executable, "-c", HELD.format(before=before)], capture_output=True, text=True)
        return int(run.stdout)

    if not malloc.keep_freed_memory():
        pytest.skip("another C library than glibc")
    assert given_back("") > 50_000_000
    assert given_back("malloc.keep_freed_memory()") < 5_000_000
