"""What tests and people ask of the sandbox itself, which Bitrix24 has not."""
