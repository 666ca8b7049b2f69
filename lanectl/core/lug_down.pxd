# C types of lug_down.py. Every method is noexcept nogil: a line that would fall back to Python objects does not compile.
cimport cython
from lanectl.core.formulas cimport is_missing, no_humidity_factor, to_nearest
from lanectl.core.lug_down_points cimport Point
from lanectl.core.lug_down_power cimport CorrectedPower, PowerScan
from lanectl.core.lug_down_watch cimport LugDownWatch

cdef int MAX_RPM, ACCELERATE, SCAN, TO_100, SETTLE_100, SAMPLE_100, TO_80, SETTLE_80, SAMPLE_80, DONE
cdef int OPEN, JUDGED, INVALID
cdef int INCOMPLETE, ENGINE_STALL, GAP_IN_WINDOW, TOO_LONG, TOO_HOT, NO_CORRECTION, LOW_POWER
cdef int NO_ENGINE_SPEED, TOO_MANY_RETRIES, NOT_CONFIRMED, BY_INERTIA
cdef int TO_SETTLE, TO_SAMPLE

@cython.final
cdef class LugDown:
    cdef readonly PowerScan scan
    cdef readonly CorrectedPower power
    cdef readonly Point at_100, at_80
    cdef readonly LugDownWatch watch
    cdef readonly double confirm_share
    cdef readonly int settle_s, sample_s, floored_at_most_s, point_exit, restarts_at_most
    cdef readonly int power_from_point, voids_not_confirmed, voids_by_inertia
    cdef readonly long long stall_below, tolerance, target, second_target
    cdef readonly int phase, outcome, cause, timer_s, floored_s, restarts, sampling_restarts
    cdef readonly int saw_gap, saw_rpm, nox_is_sum, turned, saw_not_confirmed, saw_by_inertia

    @cython.locals(sampling=int, floored=int, cause=int)
    cpdef int push(self, int present, double speed, double force, double n, double rpm, double nox, double no,
                   double no2, double co2, double t_c, double humidity, double kpa, double low_flow, double told_rpm,
                   double pedal, double oil_c, double coolant_c) noexcept nogil
    @cython.locals(second=Py_ssize_t)
    cpdef int feed(self, const int[::1] rows, const double[:, ::1] block) noexcept nogil
    cpdef int end(self) noexcept nogil
    cdef void _move(self, int present, double speed, double force, double rpm) noexcept nogil
    cdef void _end_scan(self) noexcept nogil
    @cython.locals(off=longlong)
    cdef int _is_out(self, int present, double speed) noexcept nogil
    cdef void _settle(self, int present, double speed) noexcept nogil
    @cython.locals(lack=int)
    cdef void _sample(self, int present, double speed, double force, double n, double rpm, double nox, double co2,
                      double kh) noexcept nogil
    cdef void _end_100(self) noexcept nogil
    cdef void _end_80(self) noexcept nogil
    cdef int _is_eased(self, long long total, long long expected) noexcept nogil
    cdef void _restart(self) noexcept nogil
    cdef int _finish(self, int outcome, int cause) noexcept nogil
