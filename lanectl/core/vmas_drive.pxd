# C types of vmas_drive.py. Every method is noexcept nogil: a line that would fall back to Python objects does not compile.
cimport cython
from lanectl.core.vmas_formulas cimport count_between

cdef int LEFT_TOO_LONG, LEFT_IN_TOTAL

@cython.final
cdef class VmasDrive:
    cdef readonly long long tolerance, narrower, nominal, nominal_error, distance
    cdef readonly int skips_shifting, out_in_a_row_s, out_in_total_s, cycle_s
    cdef long long[402] reference
    cdef long long[402] lowest
    cdef long long[402] highest
    cdef int[402] shifting
    cdef int[3] out_row
    cdef int[3] out_sum
    cdef int[3] out_longest
    cdef int[3] out_times

    @cython.locals(start_s=int, start_speed=longlong, second=int)
    cpdef void add_operation(self, int end_s, long long end_speed, int is_shifting) noexcept nogil
    @cython.locals(second=int, near=int)
    cpdef void close_cycle(self, int shift_s) noexcept nogil
    @cython.locals(is_shifting=int, skipped=int, skipped_otherwise=int)
    cpdef int follow(self, int second, long long speed) noexcept nogil
    @cython.locals(off=longlong)
    cpdef int is_distance_off(self) noexcept nogil
    cpdef long long reference_of(self, int second) noexcept nogil
    cpdef long long lowest_of(self, int second) noexcept nogil
    cpdef long long highest_of(self, int second) noexcept nogil
    cpdef int out_sum_of(self, int reading) noexcept nogil
    cpdef int out_longest_of(self, int reading) noexcept nogil
    cpdef int out_times_of(self, int reading) noexcept nogil
    cdef int _is_outside(self, int second, long long speed, long long tolerance) noexcept nogil
    cdef void _count(self, int reading, int outside) noexcept nogil
