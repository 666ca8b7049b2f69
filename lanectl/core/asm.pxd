# C types of asm.py. Every method is noexcept nogil: a line that would fall back to Python objects does not compile.
# Inline is what every second goes through.
cimport cython
from lanectl.core.asm_windows cimport AsmWindows
from lanectl.core.formulas cimport CountedSeconds

cdef int HOLD_25, HOLD_40, DONE
cdef int OPEN, PASS, FAIL, INVALID
cdef int INCOMPLETE, TOO_MANY_RETRIES, CO_PLUS_CO2_LOW, ENGINE_STALL, NO_VALID_WINDOW, GAP_IN_WINDOW, LOW_FLOW
cdef int QUICK_CHECK, IMMEDIATE_FAIL
cdef int NO_CO, NO_HC, NO_NO, NO_SPEED, NO_FORCE, NO_CO_AND_CO2, NO_KH, NOT_VALID, WITHIN
cdef int LAST_VALID, ANY_PASSING

@cython.final
cdef class Asm:
    cdef readonly AsmWindows windows
    cdef readonly CountedSeconds seconds
    cdef readonly int hold_s, preset_s, window_s, mode_s, mode_total_s, out_in_a_row_s, out_in_total_s
    cdef readonly int deciding_window, gross_s, hc_judged, co_plus_co2_s, low_flow_s
    cdef readonly double speed_tolerance, co_plus_co2_min, stall_below
    cdef double[2] nominal
    cdef double[2] force
    cdef double[2] force_tolerance
    cdef double[6] gross
    cdef readonly int phase, mode, outcome, cause, held_s, timer_s, total_s, waiting, restarts, force_restarts
    cdef readonly int low_gas_s, low_flow_run, saw_low_gas, saw_low_flow
    cdef readonly int saw_gap, saw_gap_in_hold, saw_rpm, saw_no_kh, saw_missing, went_on
    cdef readonly int rounding_matters, quick_otherwise, deciding_matters, preset_matters, lacks, gross_open
    cdef readonly int speed_row, speed_sum, force_row, force_sum, last_valid, last_pass, first_fail
    cdef Py_ssize_t now
    cdef int[3] gross_run
    cdef int[3] gross_run_all

    cpdef int push(self, int present, double speed, double force, double hc, double co, double co2, double o2,
                   double no, double rpm, double t_c, double rh, double kpa, double flow_is_low) noexcept nogil
    cpdef void begin(self, int phase) noexcept nogil
    cpdef void set_force(self, int mode, long long force, long long tolerance) noexcept nogil
    cpdef void set_gross(self, int mode, int gas, long long gross) noexcept nogil
    cpdef int feed(self, const int[::1] rows, const double[:, ::1] block) noexcept nogil
    @cython.locals(second=Py_ssize_t, counted=Py_ssize_t)
    cpdef int feed_part(self, const int[::1] rows, const double[:, ::1] block, Py_ssize_t first,
                        Py_ssize_t end) noexcept nogil
    @cython.locals(holding=int)
    cdef inline void _step(self, int present, double rpm, double flow_is_low) noexcept nogil
    cpdef int end(self) noexcept nogil
    cpdef void tell(self, long long[::1] told, Py_ssize_t place) noexcept nogil
    cdef int _hold(self) noexcept nogil
    @cython.locals(off=double)
    cdef inline int _speed_is_out(self) noexcept nogil
    @cython.locals(off=double)
    cdef inline int _force_is_out(self) noexcept nogil
    @cython.locals(speed_out=int, force_out=int)
    cdef inline int _run(self, int present, double flow_is_low) noexcept nogil
    cdef inline int _gas_is_void(self) noexcept nogil
    cdef inline int _flow_is_void(self, double flow_is_low) noexcept nogil
    cdef inline int _left_tolerance(self, int speed_out, int force_out) noexcept nogil
    cdef int _reset(self) noexcept nogil
    cdef void _clear(self) noexcept nogil
    @cython.locals(gross=int)
    cdef inline int _keep(self) noexcept nogil
    @cython.locals(found=int, gas=int, judged=int, seen=int, above=int)
    cdef inline int _count_gross(self) noexcept nogil
    @cython.locals(most=double)
    cdef inline int _is_above(self, int gas) noexcept nogil
    cdef inline int _is_far_above(self) noexcept nogil
    @cython.locals(end=int, found=int)
    cdef inline void _look_at_window(self) noexcept nogil
    @cython.locals(passed=int)
    cdef void _check_quickly(self, int end) noexcept nogil
    @cython.locals(end=int, passed=int)
    cdef int _decide(self) noexcept nogil
    cdef int _finish(self, int outcome, int cause) noexcept nogil
