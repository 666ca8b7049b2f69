# C types of free_acceleration.py. Every method is noexcept nogil: what would fall back to Python objects does not compile.
cimport cython
from lanectl.core.diesel cimport smoke_density_per_m
from lanectl.core.formulas cimport is_missing, to_nearest
from lanectl.core.free_acceleration_snaps cimport IdleSmoke, KeptSnaps, Snap
from lanectl.core.free_acceleration_watch cimport FreeAccelerationWatch

cdef int BLOW_OUT_IDLE, BLOW_OUT, PROBE, SNAP_IDLE, SNAP, SNAP_SETTLE, DONE
cdef int OPEN, JUDGED, INVALID
cdef int INCOMPLETE, TOO_MANY_RETRIES, ENGINE_STALL, NO_ENGINE_SPEED
cdef int HOLE, FULL_SCALE, SLOW_PEDAL, SHORT_IDLE, NOT_SETTLED, NOT_FROM_IDLE

@cython.final
cdef class FreeAcceleration:
    cdef readonly IdleSmoke idle
    cdef readonly Snap snap
    cdef readonly KeptSnaps kept
    cdef readonly FreeAccelerationWatch watch
    cdef readonly double path_m
    cdef readonly int blow_outs, snaps, repeats_at_most, repeats_blow_outs
    cdef readonly long long idle_to, governed_from, stall_below, settled_k, settle_ms, idle_ms
    cdef readonly long long hole_ms
    cdef readonly int phase, outcome, cause, saw_gap, blow_outs_done, blow_outs_short, numbered
    cdef readonly int saw_probe, probe_in, probe_early, probe_unasked, k_known
    cdef readonly int has_begun
    cdef readonly long long t_zero, t_smoke
    cdef readonly long long number, t_last, t_phase, idle_since, k_last, blow_peak_rpm

    @cython.locals(follows_first=int, t_top=longlong, idle_since=longlong)
    cpdef int push(self, long long t_ms, double n, double rpm, double number, double pedal, double probe,
                   double told_rpm, double oil_c, double coolant_c) noexcept nogil
    @cython.locals(second=Py_ssize_t, sample=Py_ssize_t, until=longlong)
    cpdef int feed(self, const long long[::1] seconds, const int[::1] rows, const double[:, ::1] means,
                   const long long[::1] times, const double[:, ::1] block) noexcept nogil
    cpdef void gap(self) noexcept nogil
    cpdef int end(self) noexcept nogil
    cdef void _follow(self, long long t_ms, double rpm) noexcept nogil
    cdef void _end_blow_out(self) noexcept nogil
    cdef int _bound(self) noexcept nogil
    cdef void _watch_probe(self, double probe) noexcept nogil
    cdef void _pass_probe(self, long long t_ms) noexcept nogil
    cdef void _begin(self, long long t_ms) noexcept nogil
    @cython.locals(up=int)
    cdef void _count_on(self, long long t_ms, long long number) noexcept nogil
    cdef int _is_sampling(self, long long t_ms) noexcept nogil
    cdef void _watch(self, long long t_ms, double n, double rpm) noexcept nogil
    @cython.locals(density=double)
    cdef void _watch_opacity(self, long long t_ms, double n) noexcept nogil
    cdef void _close(self) noexcept nogil
    cdef void _go(self, int phase, long long t_ms) noexcept nogil
    cdef int _finish(self, int outcome, int cause) noexcept nogil
