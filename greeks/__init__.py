"""Option prices, Greeks, implied volatility, chains and gamma exposure."""
