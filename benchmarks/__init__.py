"""Speed beside peers and floors: `python -m benchmarks`.

Contestants take turns in one process on one core; the figures that count are ratios.  Nothing is reported for work
that is wrong: every contestant's end is checked, and a wrong one ends the run with exit code 1.
"""
