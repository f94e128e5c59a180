"""The composition of PulseEngine: settings, routes, servers and workers."""
