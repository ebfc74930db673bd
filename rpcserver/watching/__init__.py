"""Watching the server: metrics for Prometheus, traces by OpenTelemetry, and whether it is ready."""
