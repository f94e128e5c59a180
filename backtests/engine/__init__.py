"""Simulation of strategies on bars: arrays in, arrays out, no Django."""
