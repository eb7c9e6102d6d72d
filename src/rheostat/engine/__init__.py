"""Numbers only: kernels, their evaluation, integration and steady states."""
