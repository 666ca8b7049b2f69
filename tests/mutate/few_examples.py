"""A pytest plugin: hypothesis tries the same few examples each time, shows no smaller ones, and minds no slowness."""

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutate",
    derandomize=True,
    max_examples=30,
    phases=(Phase.explicit, Phase.generate),
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutate")
