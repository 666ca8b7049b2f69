# C types of vmas_formulas.py. `noexcept nogil` makes Cython refuse any line that would fall back to Python objects.
cimport cython
from lanectl.core.formulas cimport half_even, is_missing

cdef double MISSING, STANDARD_KPA, STANDARD_K

@cython.locals(between_o2=double)
cpdef double exhaust_share(double ambient_o2_pct, double dilute_o2_pct, double raw_o2_pct) noexcept nogil
@cython.locals(kelvin=double)
cpdef double standard_flow_l_s(double flow_l_s, double temp_c, double pressure_kpa) noexcept nogil
cpdef double exhaust_flow_l_s(double flow_l_s, double share, double sample_l_s) noexcept nogil
cpdef double gas_mass_g(double volume_share, double exhaust_l_s, double density_g_l, double factor) noexcept nogil
cpdef double molar_density_g_l(double molar_mass_g, double molar_volume_l) noexcept nogil
cpdef long long count_between(long long start, long long end, int part, int whole) noexcept nogil
