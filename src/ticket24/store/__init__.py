"""Redis: the queue and the read model. Bitrix24 stays the database."""
