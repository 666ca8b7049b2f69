# C types of vmas.py. Every method is noexcept nogil: a line that would fall back to Python objects does not compile.
cimport cython
from lanectl.core.formulas cimport dilution_factor, half_even, is_missing, no_humidity_factor, to_nearest
from lanectl.core.vmas_drive cimport VmasDrive
from lanectl.core.vmas_formulas cimport exhaust_flow_l_s, exhaust_share, gas_mass_g, standard_flow_l_s

cdef int IDLE, CYCLE, DONE
cdef int OPEN, PASS, FAIL, INVALID
cdef int INCOMPLETE, ENGINE_STALL, NO_ENGINE_SPEED, GAP_IN_WINDOW, VALUE_MISSING, LOW_FLOW, CO_PLUS_CO2_LOW
cdef int NO_HUMIDITY, O2_AS_IN_AIR, SHARE_OUTSIDE, AIR_O2_OUTSIDE, METER_FLOW_LOW, OUT_TOO_LONG, OUT_IN_TOTAL
cdef int DISTANCE_OFF, READING_BELOW_ZERO, EXHAUST_NOT_CAPTURED, LEFT_TOO_LONG, LEFT_IN_TOTAL
cdef int NOX_MEASURED, NOX_SUM, NOX_IS_NO
cdef int ROW, RING_S
cdef double MOST_MASS_G

@cython.final
cdef class Vmas:
    cdef readonly double a, cap, sample_l_s, df, kh, share, standard_l_s, exhaust_l_s
    cdef readonly double share_lowest, share_highest, air_o2_lowest, air_o2_highest
    cdef double[3] density
    cdef double[3] mass
    cdef readonly int idle_whole_s, gas_delay_s, no_delay_s, o2_delay_s, flow_delay_s, dilute_delay_s, longest_delay_s
    cdef readonly long long co_plus_co2_min, stall_below, air_o2_from, air_o2_to, meter_flow_from, unit, judged_distance
    cdef readonly long long exhaust_least, captured
    cdef readonly int by_nominal, co_plus_co2_s, co_plus_co2_total_s, low_flow_s, low_flow_total_s, hc_judged, compare_full
    cdef readonly VmasDrive drive
    cdef readonly int phase, outcome, cause, idle_s, timer_s, low_gas_s, low_gas_sum, low_flow_run, low_flow_sum
    cdef readonly int measured_s, nox_from, below_zero, void_gas
    cdef readonly int has_turned, saw_rpm, saw_gap, hc_lacks
    cdef long long[3] limit
    cdef long long[3] least
    cdef long long[6] sums
    cdef double[960] ring

    cpdef int push(self, int present, double speed, double rpm, double co, double co2, double hc, double nox, double no,
                   double no2, double o2, double flow, double flow_c, double flow_kpa, double dilute_o2, double air_o2,
                   double t_c, double rh, double kpa, double flow_is_low) noexcept nogil
    @cython.locals(second=Py_ssize_t)
    cpdef int feed(self, const int[::1] rows, const double[:, ::1] block) noexcept nogil
    cpdef int end(self) noexcept nogil
    cpdef long long sum_of(self, int channel) noexcept nogil
    cpdef double mass_of(self, int gas) noexcept nogil
    cpdef long long limit_of(self, int gas) noexcept nogil
    cpdef long long rounded(self, long long mass) noexcept nogil
    cpdef int holds(self, long long mass, long long limit, int full) noexcept nogil
    cdef int _engine_is_off(self, double rpm) noexcept nogil
    cdef int _idle(self, int present) noexcept nogil
    @cython.locals(found=int)
    cdef void _drive(self, double speed) noexcept nogil
    @cython.locals(place=int)
    cdef void _keep(self, double co, double co2, double hc, double o2, double flow, double flow_c, double flow_kpa,
                    double dilute_o2, double air_o2, double t_c, double rh, double kpa) noexcept nogil
    @cython.locals(best=double, lowest=double, origin=int, place=int)
    cdef void _keep_nox(self, double nox, double no, double no2) noexcept nogil
    cdef double _at(self, int second, int channel) noexcept nogil
    cdef int _flow_is_void(self, double flow_is_low) noexcept nogil
    @cython.locals(gas=int, no=int, meter=int, co=double, co2=double, air_o2=double, cause=int)
    cdef void _measure(self, int second) noexcept nogil
    cdef void _weigh(self, double co, double hc, double nox) noexcept nogil
    @cython.locals(gas=int)
    cdef int _lacks(self, int second) noexcept nogil
    @cython.locals(co_void=int, hc_void=int, nox_void=int)
    cdef int _is_below_zero(self, double co, double hc, double nox) noexcept nogil
    cdef int _takes_away(self, int gas, long long reading) noexcept nogil
    cdef int _gas_is_low(self, double co, double co2) noexcept nogil
    @cython.locals(oxygen=longlong)
    cdef int _is_void(self, double co, double co2, double air_o2, int origin) noexcept nogil
    @cython.locals(gas=int)
    cdef int _has_no_mass(self) noexcept nogil
    cdef void _add(self, double air_o2) noexcept nogil
    @cython.locals(gas=int, judged=int)
    cdef int _decide(self) noexcept nogil
    cdef int _finish(self, int outcome, int cause) noexcept nogil
