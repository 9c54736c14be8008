"""How many processors there are to work with, and how all of them come to the same sums."""

from __future__ import annotations

import os
import platform

# The oldest instructions, which all processors of a kind have, and those newer ones that libraries would prefer.
_X86 = ("Nehalem", "X86_V3 X86_V4 AVX512_ICL AVX512_SPR")
_ARM = ("ARMV8", "ASIMDHP ASIMDDP ASIMDFHM SVE")
_OLDEST = {"x86_64": _X86, "AMD64": _X86, "aarch64": _ARM, "arm64": _ARM}


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def same_sums() -> dict[str, str]:
    """Environment for processes that compute: sums depend on threads and on instructions; the oldest, which all processors
    have, give the same bytes and take no longer.
    """
    found = {"OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    if platform.machine() in _OLDEST:
        kernel, newer = _OLDEST[platform.machine()]
        found |= {"OPENBLAS_CORETYPE": kernel, "NPY_DISABLE_CPU_FEATURES": newer}
    return found
