# C types of formulas.py. `noexcept nogil` makes Cython refuse any line that would fall back to Python objects.
# The functions are cpdef, so that other core modules may cimport them and Python may call them.
cimport cython

cdef double MISSING, COUNT_LIMIT, ROUNDER
cdef int AHEAD
cdef double[31] VAPOUR_KPA

cpdef bint is_missing(double value) noexcept nogil
@cython.locals(held=double)
cpdef double whole(double value) noexcept nogil
cpdef long long to_nearest(double value) noexcept nogil
@cython.locals(size=longlong, whole=longlong, twice=longlong)
cpdef long long half_even(long long total, long long unit) noexcept nogil
@cython.locals(degree=int, lower=double)
cpdef double saturation_pressure_kpa(double t_c) noexcept nogil
@cython.locals(vapour=double, dry=double)
cpdef double humidity_grains_per_lb(double t_c, double rh_pct, double p_kpa) noexcept nogil
@cython.locals(humidity=double, denominator=double)
cpdef double no_humidity_factor(double t_c, double rh_pct, double p_kpa) noexcept nogil
@cython.locals(carbon=double, total=double, share=double, denominator=double, factor=double)
cpdef double dilution_factor(double co_pct, double co2_pct, double a, double cap) noexcept nogil
@cython.locals(no=double, water=double, oxygen=double, needed=double)
cpdef double air_ratio_lambda(double co, double co2, double o2, double hc_ppm, double no_ppm, double hcv, double ocv) noexcept nogil
cpdef double asm_total_power_kw(double rm_kg, double divisor) noexcept nogil
cpdef double force_from_power(double power_kw, double speed_kmh) noexcept nogil
cpdef double power_from_force(double force_n, double speed_kmh) noexcept nogil
cpdef double total_force_n(double brake_force_n, double parasitic_kw, double speed_kmh) noexcept nogil

@cython.final
cdef class CountedSeconds:
    cdef double a, cap, hcv, ocv, t_c, rh, kpa, kh
    cdef int[512] lacks
    cdef double[520] co
    cdef double[520] hc
    cdef double[520] no
    cdef double[520] co2
    cdef double[520] o2
    cdef double[520] rpm
    cdef double[520] force
    cdef double[520] speed
    cdef double[520] df
    cdef double[520] kh_at
    cdef double[520] co_count
    cdef double[520] hc_count
    cdef double[520] no_count
    cdef double[520] co_plus_co2
    cdef double[520] force_count
    cdef double[520] speed_count
    cdef double[520] complete
    cdef long long[2048] sums
    cdef long long[3] sum
    cdef long long[5] rest
    cdef int rest_lacks

    cdef void begin(self) noexcept nogil
    cdef void take(self, Py_ssize_t place, int present, double speed, double force, double hc, double co, double co2,
                   double o2, double no, double rpm, double t_c, double rh, double kpa) noexcept nogil
    @cython.locals(some=Py_ssize_t, n=Py_ssize_t)
    cdef Py_ssize_t take_some(self, Py_ssize_t place, const int[::1] rows, const double[:, ::1] block,
                              Py_ssize_t first, Py_ssize_t end) noexcept nogil
    cdef double _kh_in(self, double t_c, double rh, double kpa) noexcept nogil
    @cython.locals(place=Py_ssize_t, co=double, hc=double, no=double, co_count=longlong, hc_count=longlong,
                   no_count=longlong)
    cdef void _count(self, Py_ssize_t first, Py_ssize_t end) noexcept nogil
    @cython.locals(df=double, kh=double)
    cdef void _say_what_lacks(self, Py_ssize_t place) noexcept nogil
    @cython.locals(co2=double, o2=double, rpm=double, air=double, power=double)
    cdef void count_rest(self, Py_ssize_t place) noexcept nogil
