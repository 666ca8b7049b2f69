# C types of free_acceleration.py. Every method is noexcept nogil: what would fall back to Python objects does not compile.
cimport cython
from lanectl.core.diesel cimport smoke_density_per_m
from lanectl.core.formulas cimport is_missing, to_nearest

cdef int BLOW_OUT_IDLE, BLOW_OUT, PROBE, SNAP_IDLE, SNAP, SNAP_SETTLE, DONE
cdef int OPEN, JUDGED, INVALID
cdef int INCOMPLETE, TOO_MANY_RETRIES, ENGINE_STALL, NO_ENGINE_SPEED
cdef int SLOW, HOLE, FULL_SCALE, SHORT_HOLD, SLOW_PEDAL, SHORT_IDLE, FLAT
cdef int SHORT_OF_SPEED, NOT_SETTLED, NOT_FROM_IDLE, NO_OPACITY, PEAK_AT_IDLE
cdef double HIGHEST_RPM
cdef int IDLE_ROWS

@cython.final
cdef class FreeAcceleration:
    cdef readonly double path_m
    cdef readonly int blow_outs, snaps, fewest_per_10_s, repeated_marks, repeats_at_most, repeats_blow_outs
    cdef readonly long long idle_to, governed_from, stall_below, settled_k, look_back_ms, flat_k
    cdef readonly long long settle_ms, idle_ms, hold_ms, pedal_ms, pedal_up, pedal_down, hole_ms
    cdef readonly long long told_idle_ms, told_top_ms
    cdef readonly int phase, outcome, cause, saw_gap, blow_outs_done, counted, repeats, repeat_marks, numbered
    cdef readonly long long number, t_last, t_phase, idle_since, k_last
    cdef readonly int blow_outs_short, has_discarded, discarded_full, idle_pairs, top_pairs, rpm_missed, has_turned
    cdef readonly long long blow_peak_rpm, discarded_k, idle_counted, idle_told, top_counted, top_told, t_told, t_rpm
    cdef readonly long long t_full
    cdef readonly double told_last
    cdef readonly int saw_probe, probe_in, probe_early, probe_unasked
    cdef readonly int k_known, went_up, marks, rows, has_peak
    cdef readonly long long t_first, t_opacity, peak_k, peak_rpm, k_before, t_top, top_ms, t_pedal
    cdef readonly int idle_rows, idle_next
    cdef long long[128] idle_t
    cdef long long[128] idle_k
    cdef long long[3] peaks
    cdef long long[3] speeds
    cdef int[3] snap_marks
    cdef long long[3] numbers

    @cython.locals(follows_first=int)
    cpdef int push(self, long long t_ms, double n, double rpm, double number, double pedal, double probe,
                   double told_rpm) noexcept nogil
    cpdef void gap(self) noexcept nogil
    cpdef int end(self) noexcept nogil
    cpdef long long peak_of(self, int snap) noexcept nogil
    cpdef long long speed_of(self, int snap) noexcept nogil
    cpdef int marks_of(self, int snap) noexcept nogil
    cpdef long long number_of(self, int snap) noexcept nogil
    cdef void _follow(self, long long t_ms, double rpm) noexcept nogil
    cdef void _watch_probe(self, double probe) noexcept nogil
    cdef void _pass_probe(self, long long t_ms) noexcept nogil
    cdef void _begin(self, long long t_ms) noexcept nogil
    cdef void _end_blow_out(self) noexcept nogil
    cdef int _bound(self) noexcept nogil
    @cython.locals(valley=longlong, found=int, row=int)
    cdef void _look_back(self, long long t_ms) noexcept nogil
    cdef void _keep_idle(self, long long t_ms) noexcept nogil
    @cython.locals(up=int)
    cdef void _count_on(self, long long t_ms, long long number) noexcept nogil
    cdef int _is_sampling(self, long long t_ms) noexcept nogil
    cdef void _watch(self, long long t_ms, double n, double rpm, double pedal) noexcept nogil
    @cython.locals(missed=int, unknown=int)
    cdef void _watch_counter(self, long long t_ms, double rpm) noexcept nogil
    @cython.locals(fresh=int)
    cdef void _compare(self, long long t_ms, double rpm, double told_rpm) noexcept nogil
    cdef void _discard(self, long long peak) noexcept nogil
    @cython.locals(density=double)
    cdef void _watch_opacity(self, long long t_ms, double n) noexcept nogil
    cdef void _watch_speed(self, long long t_ms, long long speed) noexcept nogil
    @cython.locals(pressed=longlong)
    cdef void _watch_pedal(self, long long t_ms, double pedal) noexcept nogil
    cdef void _clear(self) noexcept nogil
    @cython.locals(lasted=longlong, older=int)
    cdef void _close(self) noexcept nogil
    cdef void _go(self, int phase, long long t_ms) noexcept nogil
    cdef int _finish(self, int outcome, int cause) noexcept nogil
