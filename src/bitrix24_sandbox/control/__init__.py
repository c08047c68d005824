"""How tests and people control the sandbox itself; Bitrix24 has no such thing."""
