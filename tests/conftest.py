"""What every test shares: how hard Hypothesis looks."""

import os

from hypothesis import HealthCheck, settings

# Deadlines measure the machine, not the code: two workers share two cores.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("long", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow])
# What a command line says must not hang on who runs the tests.
for _name in ("LC_ALL", "LC_MESSAGES", "LANG"):
    os.environ.pop(_name, None)

settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("XINFANG_CI") else "dev"))
