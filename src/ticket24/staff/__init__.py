"""The pages that Bitrix24 shows in its frames: install, settings, contact tab."""
