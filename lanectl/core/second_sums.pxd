# C types of second_sums.py. Every method is noexcept nogil: a line that would fall back to Python objects does not compile.
cimport cython
from lanectl.core.formulas cimport half_even

cdef double NO_VALUE, LARGEST_COUNT, SHIFT
cdef long long SECOND, LONGEST_GAP
cdef int MOST_ROWS, LEAST_PART, GOES_BACK, JUMPS, TOO_MANY

@cython.final
cdef class SecondWalk:
    cdef readonly long long start_ms, last_ms
    cdef readonly int rows, rows_before

    @cython.locals(closed=longlong)
    cpdef long long step(self, long long t_ms) noexcept nogil

@cython.final
cdef class ChannelSum:
    cdef readonly double scale
    cdef readonly long long total
    cdef readonly int rows

    @cython.locals(scaled=double)
    cpdef int add(self, double value) noexcept nogil
    @cython.locals(mean=double)
    cpdef double close(self, int rows) noexcept nogil

cpdef long long nearest_count(double scaled) noexcept nogil
@cython.locals(second=longlong, closed=longlong, place=Py_ssize_t)
cpdef long long count_rows(SecondWalk walk, long long[::1] t_ms, int[::1] rows) noexcept nogil
@cython.locals(second=Py_ssize_t, place=Py_ssize_t, _=int)
cpdef long long mean_rows(ChannelSum total, double[::1] column, int[::1] rows, double[::1] means) noexcept nogil
@cython.locals(place=Py_ssize_t, found=longlong)
cpdef long long first_row(long long[::1] t_ms, long long begin_ms) noexcept nogil
