"""Compile the legal core; everything declarative is in pyproject.toml.

The C flags are part of the law's reproducibility: ``-ffp-contract=off`` keeps x86-64 and ARM on the same bits.
Set LANECTL_PURE=1 to build without a compiler: the lane then runs the interpreted core, with the same results.
"""

import os
from pathlib import Path

from setuptools import setup

FLAGS = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-g0"]
LIMITED_API = [("Py_LIMITED_API", "0x030B0000"), ("CYTHON_LIMITED_API", "1")]
CORE = Path("lanectl/core")


def core_extensions() -> list:
    """Every core module that has C types beside it (a .pxd) is compiled; the others stay plain Python."""
    if os.environ.get("LANECTL_PURE") == "1":
        return []
    from Cython.Build import cythonize
    from setuptools import Extension

    names = sorted(path.stem for path in CORE.glob("*.pxd"))
    extensions = [
        Extension(
            f"lanectl.core.{name}",
            [str(CORE / f"{name}.py")],
            extra_compile_args=FLAGS,
            extra_link_args=["-s"],
            libraries=["m"],
            define_macros=LIMITED_API,
            py_limited_api=True,
        )
        for name in names
    ]
    directives = {"cdivision": True, "boundscheck": False, "wraparound": False, "initializedcheck": False}
    return cythonize(extensions, language_level=3, build_dir="build/cython", compiler_directives=directives)


setup(ext_modules=core_extensions(), options={"bdist_wheel": {"py_limited_api": "cp311"}})
