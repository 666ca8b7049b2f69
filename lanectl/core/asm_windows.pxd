# C types of asm_windows.py. Every method is noexcept nogil: what would fall back to Python objects does not compile.
cimport cython
from lanectl.core.formulas cimport CountedSeconds

cdef int GASES_AND_SPEED, NOT_VALID, WITHIN, ABOVE

@cython.final
cdef class AsmWindows:
    cdef readonly int window_s, each_to_first, hc_judged, needed, lacked_at
    cdef readonly double steady_below
    cdef long long[24] most
    cdef long long[3] total
    cdef int[2] result_end
    cdef int[2] result_lacks
    cdef long long[16] result
    cdef Py_ssize_t begun
    cdef CountedSeconds seconds

    cpdef void begin(self) noexcept nogil
    cdef void clear(self) noexcept nogil
    cpdef void set_most(self, int mode, int quick, int otherwise, int gas, long long most) noexcept nogil
    cdef void keep(self, int second, Py_ssize_t now) noexcept nogil
    @cython.locals(first=int, second=int, began=double, change=double)
    cdef int look(self, int mode, int end) noexcept nogil
    @cython.locals(before=Py_ssize_t, last=Py_ssize_t)
    cdef void _add_up(self, int first, int end) noexcept nogil
    cdef Py_ssize_t _place(self, int second) noexcept nogil
    @cython.locals(gas=int, first=int)
    cdef int is_within(self, int mode, int quick, int otherwise) noexcept nogil
    @cython.locals(second=int, lacks=int, channel=int)
    cdef void take(self, int mode, int end) noexcept nogil
    @cython.locals(channel=int)
    cdef int _add_second(self, int base, Py_ssize_t place) noexcept nogil
    @cython.locals(channel=int)
    cdef void tell(self, long long[::1] told, Py_ssize_t place) noexcept nogil
