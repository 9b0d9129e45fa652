"""Settings of Superset; nothing here is ours."""
