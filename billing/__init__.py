"""Plans, entitlements, usage and payments."""
