"""Users, profiles and personal API keys: who asks."""
