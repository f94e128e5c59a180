"""Instruments, bars, quotes and chains: what the market said, its source, how it is kept."""
