# C types of diesel.py. `noexcept nogil` makes Cython refuse any line that would fall back to Python objects.
cimport cython
from lanectl.core.formulas cimport is_missing, to_nearest

cdef double NO_NUMBER, LN2_HIGH, LN2_LOW, SQRT_HALF, LARGEST_POWER, SMALLEST_POWER

@cython.locals(twos=int, odd=int, s=double, square=double, series=double)
cpdef double det_log(double x) noexcept nogil
@cython.locals(twos=longlong, step=int, rest=double, series=double, value=double)
cpdef double det_exp(double x) noexcept nogil
cpdef double det_power(double base, double exponent) noexcept nogil
cpdef double smoke_density_per_m(double n_pct, double path_m) noexcept nogil
cpdef double opacity_pct(double k_per_m, double path_m) noexcept nogil
cpdef double opacity_over_path_pct(double n_pct, double from_m, double to_m) noexcept nogil
@cython.locals(air=double, warmth=double)
cpdef double atmospheric_factor(int turbo, double t_c, double p_kpa) noexcept nogil
cpdef double power_correction(int turbo, double t_c, double p_kpa, double fm) noexcept nogil
@cython.locals(thousands=double, allowance=double, whole=longlong)
cpdef double altitude_allowance_per_m(double altitude_m, double above_m, double per_1000_m, double at_most, int stepped) noexcept nogil
