"""HTTP: Bitrix24's events, health and metrics."""
