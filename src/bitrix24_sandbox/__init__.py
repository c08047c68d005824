"""A Bitrix24 account to develop against; it shares no code with the client."""
