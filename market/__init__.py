"""Instruments, bars, quotes and option chains: what the market said, where it came from, how it is kept."""
