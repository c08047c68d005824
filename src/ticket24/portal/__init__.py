"""The customers' pages: read from Redis, fast when Bitrix24 is not."""
