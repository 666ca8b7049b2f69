# C types of cells.py. Every method is noexcept nogil: a line that would fall back to Python objects does not compile.
cimport cython
from lanectl.core.second_sums cimport nearest_count

cdef extern from *:
    ctypedef unsigned long long wide "unsigned __int128"

cdef int NUMBER, WHOLE, WHOLE_KEPT, AGE, SECONDS, TEXT
cdef int END, GOOD, HARD, BAD_CELL, FEW_CELLS, MANY_CELLS, OPEN_QUOTE
cdef unsigned char COMMA, LINE_END, QUOTE, RETURN, MINUS, POINT, ZERO, NINE, EXPONENT
cdef double NO_VALUE, FARTHEST
cdef int MOST_DIGITS, LONGEST_WHOLE, LARGEST_TEN, LARGEST_FIVE
cdef unsigned long long EXACT, TOP_BIT
cdef double[23] TENS
cdef unsigned long long[28] FIVES
cdef int[28] FIVE_BITS
cdef double[64] HALVES

@cython.final
cdef class Cells:
    cdef const unsigned char[::1] data
    cdef const unsigned char[::1] kinds
    cdef double[::1] numbers
    cdef long long[::1] wholes
    cdef readonly Py_ssize_t capacity, end, place, begin, row
    cdef readonly int columns, column, number_line, whole_line
    cdef int negative, scale
    cdef unsigned long long digits

    @cython.locals(told=int)
    cpdef int run(self) noexcept nogil
    cpdef int give(self, double value, Py_ssize_t place) noexcept nogil
    cdef int _cell(self, int kind) noexcept nogil
    @cython.locals(byte=cython.uchar, last=int)
    cdef int _separator(self) noexcept nogil
    cdef void _keep_number(self, double value) noexcept nogil
    cdef void _keep_whole(self, long long value) noexcept nogil
    @cython.locals(byte=cython.uchar, value=double, told=int)
    cdef int _number(self) noexcept nogil
    @cython.locals(told=int, thousandths=double, whole=longlong)
    cdef int _seconds(self) noexcept nogil
    @cython.locals(place=Py_ssize_t, begin=Py_ssize_t, point=Py_ssize_t, digits=cython.ulonglong, count=int)
    cdef int _decimal(self) noexcept nogil
    @cython.locals(place=Py_ssize_t, begin=Py_ssize_t, value=longlong, negative=int)
    cdef int _whole(self, int kind) noexcept nogil
    @cython.locals(place=Py_ssize_t)
    cdef int _text(self) noexcept nogil

cpdef double decimal_value(unsigned long long digits, int scale) noexcept nogil
@cython.locals(moved=int, dividend=wide, quotient=cython.ulonglong, rest=wide, drop=int, kept=cython.ulonglong,
               tail=cython.ulonglong, half=cython.ulonglong, power=int, value=double)
cpdef double nearest_quotient(unsigned long long digits, int scale) noexcept nogil
