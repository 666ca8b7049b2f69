# C types of batch.py: the loop is noexcept nogil, so that threads can each judge a part of the tests at the same time.
cimport cython
from lanectl.core.asm cimport Asm

cdef int FORCES, TOLD

cpdef object judge_part(Asm machine, int phase, const long long[::1] forces, const long long[::1] starts,
                        const int[::1] rows, const double[:, ::1] block, long long[::1] told,
                        Py_ssize_t first, Py_ssize_t end)
@cython.locals(test=Py_ssize_t)
cdef void judge_each(Asm machine, int phase, const long long[::1] forces, const long long[::1] starts,
                     const int[::1] rows, const double[:, ::1] block, long long[::1] told,
                     Py_ssize_t first, Py_ssize_t end) noexcept nogil
