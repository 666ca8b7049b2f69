# C types of lug_down_points.py. Every method is noexcept nogil: what would fall back to Python objects does not compile.
cimport cython
from lanectl.core.diesel cimport smoke_density_per_m
from lanectl.core.formulas cimport half_even, is_missing, power_from_force, to_nearest

cdef int VALUE_MISSING, FULL_SCALE, NO_HUMIDITY, CHANNELS, POWER

@cython.final
cdef class Point:
    cdef readonly double path_m
    cdef readonly int corrects_nox, judges_nox
    cdef long long[7] sums
    cdef int[7] counts
    cdef long long[2] discarded

    @cython.locals(power=double, density=double, lack=int)
    cpdef int take(self, double speed, double force, double n, double rpm, double nox, double co2,
                   double kh) noexcept nogil
    cpdef long long total_power(self) noexcept nogil
    @cython.locals(channel=int, mean=longlong)
    cpdef void discard(self) noexcept nogil
    cpdef long long sum_of(self, int channel) noexcept nogil
    cpdef int count_of(self, int channel) noexcept nogil
    cpdef long long discarded_of(self, int channel) noexcept nogil
    cdef int _lacks(self, double power, double n, double density, double nox, double kh) noexcept nogil
    cdef void _put(self, int place, double value, double scale) noexcept nogil
