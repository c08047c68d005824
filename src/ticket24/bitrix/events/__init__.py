"""What Bitrix24 and its frames post to us."""
