"""How fast columns can be read at all: the shortest loop there is over the same bytes, from whoever reads fastest.

A plain C loop, compiled for this processor while the benchmark runs, and NumPy's own reductions (its sum of doubles
adds in pairs and reaches about two thirds of the others). The fastest of them is the ceiling.
"""

import ctypes
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

LOOP = """
#include <stddef.h>
#include <stdint.h>
int64_t read_all(const int64_t *word, size_t words) {
    int64_t all = 0;
    for (size_t at = 0; at < words; at++) all ^= word[at];
    return all;
}
"""
Reader = Callable[[npt.NDArray[np.float64]], object]


def readers(folder: Path) -> dict[str, Reader]:
    """Return ways to read every byte of an array."""
    return {
        "a C loop": _compiled(folder),
        "np.max": np.max,
        "np.bitwise_xor.reduce": lambda block: np.bitwise_xor.reduce(block.view(np.int64).reshape(-1)),
    }


def _compiled(folder: Path) -> Reader:
    """Compile the loop; whoever can build the core has what it needs."""
    source, library = folder / "read_all.c", folder / "read_all.so"
    source.write_text(LOOP, encoding="utf-8")
    subprocess.run(["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source], check=True)
    read_all = ctypes.CDLL(str(library)).read_all
    read_all.restype = ctypes.c_int64
    return lambda block: read_all(ctypes.c_void_p(block.ctypes.data), ctypes.c_size_t(block.size))
