"""Compile the legal core and the reading of kept tables; everything declarative is in pyproject.toml.

The C flags are part of the law's reproducibility: ``-ffp-contract=off`` keeps x86-64 and ARM on the same bits, and with
``-fwrapv`` the difference of two running sums is right whatever they came to.
Set LANECTL_PURE=1 to build without a compiler: the lane then runs the interpreted core, with the same results.
"""

import os
from pathlib import Path

from setuptools import setup

FLAGS = ["-O3", "-ffp-contract=off", "-fwrapv", "-fno-math-errno", "-fno-trapping-math", "-g0"]
LIMITED_API = [("Py_LIMITED_API", "0x030B0000"), ("CYTHON_LIMITED_API", "1")]
CORES = os.cpu_count() or 1
ROOMS = (Path("lanectl/core"), Path("lanectl/ledger"))


def our_extensions() -> list:
    """Every module that has C types beside it (a .pxd) is compiled; the others stay plain Python."""
    if os.environ.get("LANECTL_PURE") == "1":
        return []
    from Cython.Build import cythonize
    from setuptools import Extension

    sources = sorted(path.with_suffix(".py") for room in ROOMS for path in room.glob("*.pxd"))
    extensions = [
        Extension(
            ".".join(source.with_suffix("").parts),
            [str(source)],
            extra_compile_args=FLAGS,
            extra_link_args=["-s"],
            libraries=["m"],
            define_macros=LIMITED_API,
            py_limited_api=True,
        )
        for source in sources
    ]
    directives = {"cdivision": True, "boundscheck": False, "wraparound": False, "initializedcheck": False}
    return cythonize(
        extensions, nthreads=CORES, language_level=3, build_dir="build/cython", compiler_directives=directives
    )


setup(
    ext_modules=our_extensions(),
    options={"bdist_wheel": {"py_limited_api": "cp311"}, "build_ext": {"parallel": CORES}},
)
