# C types of asm_windows.py. Every method is noexcept nogil: what would fall back to Python objects does not compile.
cimport cython

@cython.final
cdef class AsmWindows:
    cdef readonly int window_s, each_to_first, hc_judged, needed, lacked_at
    cdef readonly long long steady_below
    cdef long long[24] most
    cdef long long[3] total
    cdef int[2] result_end
    cdef int[2] result_lacks
    cdef long long[16] result
    cdef long long[2700] rows
    cdef int[300] rows_lack

    cpdef void begin(self) noexcept nogil
    cdef void clear(self) noexcept nogil
    cpdef void set_most(self, int mode, int quick, int otherwise, int gas, long long most) noexcept nogil
    @cython.locals(channel=int, gas=int)
    cdef void keep(self, int place, long long* row, int lacks) noexcept nogil
    @cython.locals(first=int, second=int, change=longlong)
    cdef int is_valid(self, int end) noexcept nogil
    @cython.locals(gas=int, first=int)
    cdef int is_within(self, int mode, int quick, int otherwise) noexcept nogil
    @cython.locals(base=int, second=int, lacks=int, channel=int)
    cdef void take(self, int mode, int end) noexcept nogil
    @cython.locals(channel=int)
    cdef void tell(self, long long[::1] told, Py_ssize_t place) noexcept nogil
