"""Accounts, orders, fills, positions and brokers: trading on paper and live."""
