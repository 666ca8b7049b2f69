# C types of lug_down_watch.py. Every method that sees a second is noexcept nogil.
cimport cython
from lanectl.core.formulas cimport is_missing, to_nearest
from lanectl.core.warmth cimport Warmth

cdef int PROBE_OUT, LOW_FLOW, PEDAL_RELEASED, ENGINE_SPEED_IMPLAUSIBLE
cdef long long FULL_PEDAL

@cython.final
cdef class LugDownWatch:
    cdef readonly Warmth warmth
    cdef readonly double pedal_share, deviation
    cdef readonly long long least_co2, least_nox, least_pedal
    cdef readonly int probe_out_s, low_flow_s, compared_s, voids_by_nox, pedal_of_highest, voids_pedal, voids_deviation
    cdef readonly int sampled_s, co2_s, pedal_s, obd_s, no_exhaust_s, pinched_s
    cdef readonly int saw_low_nox_alone, saw_released, saw_implausible, knows_pedal, knows_lowest
    cdef readonly long long pedal_highest, pedal_lowest, counted, told

    @cython.locals(released=int)
    cpdef int see(self, int floored, int sampling, double co2, double nox, double low_flow, double rpm, double told_rpm,
                  double pedal, double oil_c, double coolant_c) noexcept nogil
    @cython.locals(pedal=longlong, full=longlong)
    cdef int _watch_pedal(self, int floored, int sampling, double value) noexcept nogil
    cdef int _is_without_exhaust(self, double co2, double nox) noexcept nogil
    @cython.locals(off=double, told=double)
    cdef int _compare(self, double rpm, double told_rpm) noexcept nogil
