"""Strategies, runs, trades and metrics: what a rule would have done on past bars."""
