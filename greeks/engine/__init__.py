"""Option numerics: arrays in, arrays out, no Django."""
