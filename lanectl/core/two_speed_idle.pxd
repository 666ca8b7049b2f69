# C types of two_speed_idle.py. Every method is noexcept nogil: a line that would fall back to Python objects does not compile.
cimport cython
from lanectl.core.formulas cimport air_ratio_lambda, half_even, is_missing, to_nearest
from lanectl.core.warmth cimport Warmth

cdef int PRECONDITION, PROBE, TO_HIGH, SETTLE_HIGH, HIGH, DROP, SETTLE_IDLE, IDLE, DONE
cdef int OPEN, JUDGED, INVALID
cdef int INCOMPLETE, TOO_MANY_RETRIES, CO_PLUS_CO2_LOW, ENGINE_STALL, GAP_IN_WINDOW, LOW_FLOW, VALUE_MISSING
cdef int NO_ENGINE_SPEED, ENGINE_SPEED_IMPLAUSIBLE
cdef double HIGHEST_RPM

@cython.final
cdef class TwoSpeedIdle:
    cdef readonly double hcv, ocv, air
    cdef readonly Warmth warmth
    cdef int[9] lasts
    cdef readonly long long precondition_from, high_from, high_to, idle_to, co_plus_co2_min, stall_below
    cdef readonly int restart_settle, lambda_judged, hc_judged, co_plus_co2_s, low_flow_s
    cdef readonly int phase, outcome, cause, timer_s, restarts, sampling_restarts, low_gas_s, low_flow_run
    cdef readonly int saw_low_gas, saw_low_flow, saw_gap, saw_rpm, without_no
    cdef readonly int saw_probe, probe_in, probe_early, probe_unasked
    cdef readonly int restarts_at_most, voids_off_told, told_s, left_band, is_off_told, has_turned
    cdef readonly long long off_told_millionths
    cdef long long[4] discarded
    cdef int[4] has_discarded
    cdef long long[2] counted_rpm
    cdef long long[2] told_rpm
    cdef int[2] pairs
    cdef long long[16] sums
    cdef int[16] counts

    cpdef int push(self, int present, double hc, double co, double co2, double o2, double no, double rpm,
                   double flow_is_low, double probe, double told, double oil_c, double coolant_c) noexcept nogil
    @cython.locals(second=Py_ssize_t)
    cpdef int feed(self, const int[::1] rows, const double[:, ::1] block) noexcept nogil
    cpdef int end(self) noexcept nogil
    cpdef long long sum_of(self, int idle, int channel) noexcept nogil
    cpdef int count_of(self, int idle, int channel) noexcept nogil
    cpdef long long discarded_of(self, int idle, int channel) noexcept nogil
    cpdef int has_discarded_of(self, int idle, int channel) noexcept nogil
    cpdef long long counted_of(self, int idle) noexcept nogil
    cpdef long long told_of(self, int idle) noexcept nogil
    cpdef int pairs_of(self, int idle) noexcept nogil
    @cython.locals(speed=longlong)
    cdef int _pass_time(self, int present, double rpm) noexcept nogil
    cdef void _tick(self) noexcept nogil
    cdef void _watch_probe(self, double probe) noexcept nogil
    cdef void _pass_probe(self) noexcept nogil
    @cython.locals(idle=int)
    cdef int _sample(self, int present, double hc, double co, double co2, double o2, double no, double rpm,
                     double flow_is_low, double told) noexcept nogil
    @cython.locals(channel=int, seconds=int, place=int, mean=longlong)
    cdef void _discard(self, int idle) noexcept nogil
    @cython.locals(idle=int)
    cdef void _add_told(self, double rpm, double told) noexcept nogil
    @cython.locals(off=longlong)
    cdef int _differs(self, int idle) noexcept nogil
    @cython.locals(speed=longlong)
    cdef int _is_out(self, double rpm) noexcept nogil
    @cython.locals(idle=int, channel=int)
    cdef int _restart(self) noexcept nogil
    cdef int _gas_is_void(self, double co, double co2) noexcept nogil
    cdef int _flow_is_void(self, double flow_is_low) noexcept nogil
    cdef int _lacks_value(self, double hc, double co, double co2, double o2) noexcept nogil
    @cython.locals(base=int)
    cdef void _add(self, double hc, double co, double co2, double o2, double no, double rpm) noexcept nogil
    cdef void _put(self, int place, double value, double scale) noexcept nogil
    cdef int _finish(self, int outcome, int cause) noexcept nogil
