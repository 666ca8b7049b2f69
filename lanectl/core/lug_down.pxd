# C types of lug_down.py. Every method is noexcept nogil: a line that would fall back to Python objects does not compile.
cimport cython
from lanectl.core.diesel cimport power_correction, smoke_density_per_m
from lanectl.core.formulas cimport half_even, is_missing, power_from_force, to_nearest

cdef int MAX_RPM, ACCELERATE, SCAN, TO_100, SETTLE_100, SAMPLE_100, TO_80, SETTLE_80, SAMPLE_80, DONE
cdef int OPEN, JUDGED, INVALID
cdef int INCOMPLETE, ENGINE_STALL, GAP_IN_WINDOW, VALUE_MISSING, FULL_SCALE, TOO_LONG, TOO_HOT
cdef int NO_CORRECTION, NO_HUMIDITY, LOW_POWER, NO_ENGINE_SPEED, TOO_MANY_RETRIES, NOT_CONFIRMED, BY_INERTIA
cdef int TO_SETTLE, TO_SAMPLE, CHANNELS, POWER

@cython.final
cdef class LugDown:
    cdef readonly double path_m, fm, second_point, inertia_kg, confirm_share, t_c, kpa, factor
    cdef readonly int turbo, settle_s, sample_s, floored_at_most_s, top_speed_s
    cdef readonly long long top_speed_from, top_speed_to, idle_to, stall_below, tolerance, fastest_scan, hottest
    cdef readonly long long least_power, power_unit
    cdef readonly int compare_full, point_exit, corrects_nox, restarts_at_most, weather_at_most_s
    cdef readonly int power_from_point, voids_not_confirmed, voids_by_inertia
    cdef readonly int phase, outcome, cause, timer_s, floored_s, restarts, sampling_restarts
    cdef readonly int saw_gap, saw_missing, saw_fast_scan, saw_100_kmh, knows_max_rpm, revved, steady_s, turned
    cdef readonly int t_age_s, kpa_age_s, is_max_fresh, saw_not_confirmed, saw_by_inertia
    cdef readonly int knows_t_c, knows_kpa, full_decides_otherwise
    cdef readonly long long max_rpm, speed_at_max_rpm, top_speed, max_power, vel_max, target, second_target
    cdef readonly long long speed_before, corrected, speed_before_max, slowing, expected_100, expected_80, corrected_100
    cdef long long[14] sums
    cdef int[14] counts
    cdef long long[4] discarded

    cpdef int push(self, int present, double speed, double force, double n, double rpm, double nox, double co2,
                   double t_c, double kpa, double kh) noexcept nogil
    cpdef int end(self) noexcept nogil
    cpdef void break_off(self, int cause) noexcept nogil
    cpdef long long sum_of(self, int second, int channel) noexcept nogil
    cpdef int count_of(self, int second, int channel) noexcept nogil
    cpdef long long discarded_of(self, int second, int channel) noexcept nogil
    cdef void _keep_weather(self, double t_c, double kpa) noexcept nogil
    @cython.locals(speed=longlong)
    cdef int _rev(self, double rpm) noexcept nogil
    @cython.locals(now=longlong)
    cdef void _speed_up(self, double speed) noexcept nogil
    @cython.locals(power=double, now=longlong, slowing=longlong)
    cdef void _scan(self, int present, double speed, double force, double rpm) noexcept nogil
    cdef void _keep_max_power(self, long long power, long long now, long long slowing) noexcept nogil
    @cython.locals(metres_per_s2=double, metres_per_s=double)
    cdef long long _power_of_slowing(self, long long slowing, long long speed) noexcept nogil
    cdef void _keep_max_rpm(self, double rpm, long long now) noexcept nogil
    cdef long long _second(self, long long speed) noexcept nogil
    cdef void _end_scan(self) noexcept nogil
    cdef int _judge_power(self, long long corrected) noexcept nogil
    @cython.locals(power=longlong)
    cdef int _is_weak(self, long long corrected, int full) noexcept nogil
    @cython.locals(off=longlong)
    cdef int _is_out(self, int present, double speed) noexcept nogil
    cdef void _settle(self, int present, double speed) noexcept nogil
    @cython.locals(lack=int, power=double)
    cdef void _sample(self, int present, double speed, double force, double n, double rpm, double nox, double co2,
                      double kh) noexcept nogil
    @cython.locals(total=longlong)
    cdef void _end_100(self) noexcept nogil
    cdef void _end_80(self) noexcept nogil
    cdef int _is_below(self, long long total, long long expected) noexcept nogil
    @cython.locals(second=int, point=int, channel=int, mean=longlong)
    cdef void _restart(self) noexcept nogil
    cdef int _lacks(self, double power, double n, double nox, double kh) noexcept nogil
    @cython.locals(point=int)
    cdef void _add(self, double speed, double power, double n, double rpm, double nox, double co2,
                   double kh) noexcept nogil
    cdef void _put(self, int place, double value, double scale) noexcept nogil
    cdef int _finish(self, int outcome, int cause) noexcept nogil
