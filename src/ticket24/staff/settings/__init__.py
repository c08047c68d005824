"""The settings page inside Bitrix24."""
