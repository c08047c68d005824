"""The wire: what Bitrix24 sends, answers and accepts."""
