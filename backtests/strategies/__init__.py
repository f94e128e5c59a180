"""Built-in strategies; every module here is found by the registry."""
