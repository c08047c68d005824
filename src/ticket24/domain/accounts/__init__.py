"""Accounts of Bitrix24, who works there, and how they end."""
