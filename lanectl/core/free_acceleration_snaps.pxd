# C types of free_acceleration_snaps.py. Every method is noexcept nogil: what would fall back to Python objects does not
# compile.
cimport cython

cdef int SLOW, FULL_SCALE, SHORT_HOLD, FLAT, SHORT_OF_SPEED, NO_OPACITY, PEAK_AT_IDLE
cdef int IDLE_ROWS

@cython.final
cdef class IdleSmoke:
    cdef readonly long long look_back_ms, t_full, t_valley, valley_k, peak_k
    cdef readonly int rows, next, has_peak
    cdef long long[128] times
    cdef long long[128] densities

    cpdef void forget(self) noexcept nogil
    cpdef void keep(self, long long t_ms, long long density) noexcept nogil
    cpdef void keep_full(self, long long t_ms) noexcept nogil
    @cython.locals(found=int, row=int, near=int)
    cpdef void look_back(self, long long t_ms, long long last_k) noexcept nogil
    cpdef int was_dark(self) noexcept nogil

@cython.final
cdef class Snap:
    cdef readonly long long governed_from, hold_ms, flat_k
    cdef readonly int fewest_per_10_s, went_up, marks, rows, has_peak
    cdef readonly long long t_first, t_opacity, peak_k, peak_rpm, k_before, t_top, top_ms

    cpdef void clear(self) noexcept nogil
    cpdef void begin(self, long long t_ms, long long t_smoke, long long k_before) noexcept nogil
    cpdef void mark(self, int marks) noexcept nogil
    cpdef void take_idle_peak(self, long long density) noexcept nogil
    cpdef void take(self, long long density) noexcept nogil
    cpdef void count(self, long long t_ms) noexcept nogil
    cpdef void take_speed(self, long long t_ms, long long speed) noexcept nogil
    @cython.locals(lasted=longlong)
    cpdef void close(self) noexcept nogil

@cython.final
cdef class KeptSnaps:
    cdef readonly int repeated_marks, counted, repeats, repeat_marks, has_discarded, discarded_full
    cdef readonly long long discarded_k
    cdef long long[3] peaks
    cdef long long[3] speeds
    cdef int[3] marks
    cdef long long[3] numbers

    @cython.locals(older=int)
    cpdef void take(self, int marks, int has_peak, long long peak_k, long long peak_rpm,
                    long long number) noexcept nogil
    cpdef long long peak_of(self, int snap) noexcept nogil
    cpdef long long speed_of(self, int snap) noexcept nogil
    cpdef int marks_of(self, int snap) noexcept nogil
    cpdef long long number_of(self, int snap) noexcept nogil
    cdef void _discard(self, int marks, int has_peak, long long peak) noexcept nogil
