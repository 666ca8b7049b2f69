# C types of warmth.py. A machine that cimports Warmth may ask it without the interpreter: take() is noexcept nogil.
cimport cython
from lanectl.core.formulas cimport is_missing

@cython.final
cdef class Warmth:
    cdef readonly double warm_from_c, oil_c, coolant_c

    cpdef void take(self, double oil_c, double coolant_c) noexcept nogil
