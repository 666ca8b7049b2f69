# C types of lug_down_power.py. Every method is noexcept nogil: what would fall back to Python objects does not compile.
cimport cython
from lanectl.core.diesel cimport power_correction
from lanectl.core.formulas cimport half_even, is_missing, power_from_force, to_nearest

@cython.final
cdef class PowerScan:
    cdef readonly double second_point, inertia_kg
    cdef readonly long long tolerance, top_speed_from, top_speed_to, idle_to, fastest_scan
    cdef readonly int top_speed_s, saw_missing, saw_fast_scan, saw_100_kmh, knows_max_rpm, revved, steady_s, is_max_fresh
    cdef readonly long long max_rpm, speed_at_max_rpm, top_speed, max_power, vel_max, speed_before, speed_before_max
    cdef readonly long long slowing, expected_100, expected_80

    @cython.locals(speed=longlong)
    cpdef int rev(self, double rpm) noexcept nogil
    @cython.locals(now=longlong)
    cpdef int speed_up(self, double speed) noexcept nogil
    @cython.locals(power=double, now=longlong, slowing=longlong)
    cpdef int follow(self, double speed, double force, double rpm) noexcept nogil
    cpdef long long second_speed(self) noexcept nogil
    cdef void _keep_max_power(self, long long power, long long now, long long slowing) noexcept nogil
    @cython.locals(metres_per_s2=double, metres_per_s=double)
    cdef long long _power_of_slowing(self, long long slowing, long long speed) noexcept nogil
    cdef void _keep_max_rpm(self, double rpm, long long now) noexcept nogil

@cython.final
cdef class CorrectedPower:
    cdef readonly double fm, t_c, kpa, factor
    cdef readonly int turbo, weather_at_most_s, compare_full, knows_t_c, knows_kpa, t_age_s, kpa_age_s
    cdef readonly int full_decides_otherwise
    cdef readonly long long least_power, power_unit, hottest, corrected, corrected_100

    cpdef int keep_weather(self, double t_c, double kpa) noexcept nogil
    cpdef int correct(self, long long power) noexcept nogil
    cpdef void correct_point(self, long long total, int seconds) noexcept nogil
    cpdef int judge(self, long long corrected) noexcept nogil
    cpdef int is_weak(self, long long corrected) noexcept nogil
    @cython.locals(power=longlong)
    cdef int _is_below(self, long long corrected, int full) noexcept nogil
