# C types of free_acceleration_watch.py. Every method that sees a sample is noexcept nogil.
cimport cython
from lanectl.core.formulas cimport is_missing, to_nearest
from lanectl.core.warmth cimport Warmth

cdef double HIGHEST_RPM

@cython.final
cdef class FreeAccelerationWatch:
    cdef readonly Warmth warmth
    cdef readonly long long hole_ms, pedal_ms, pedal_up, pedal_down, told_idle_ms, told_top_ms
    cdef readonly int rpm_missed, has_turned, idle_pairs, top_pairs, saw_pedal
    cdef readonly long long t_rpm, idle_counted, idle_told, top_counted, top_told, t_told, t_pedal
    cdef readonly double told_last

    cpdef void see(self, double pedal, double oil_c, double coolant_c) noexcept nogil
    @cython.locals(missed=int, unknown=int)
    cpdef int is_speed_unknown(self, long long t_ms, double rpm) noexcept nogil
    @cython.locals(pressed=longlong)
    cpdef int is_pedal_slow(self, long long t_ms, double pedal) noexcept nogil
    cpdef void compare(self, long long t_ms, double rpm, double told_rpm, long long t_top,
                       long long idle_since) noexcept nogil
