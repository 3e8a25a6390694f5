"""Numba kernels: arrays in and out, no Python objects, the GIL released, the cancel flag last.

Kernels are compiled one thread wide; `Context.spread` runs them on many threads over ranges of rows or items. That
compiles three times faster than numba's own parallel loops, keeps the result independent of the thread count by
construction, and cannot meet numba's fork and workqueue traps.
"""
