"""A Bitrix24 account to develop against; shares no code with the client."""
