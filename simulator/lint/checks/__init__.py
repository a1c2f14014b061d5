"""Every check, in modules by what they look at: a function with `check(...)` above it is found by being there."""
