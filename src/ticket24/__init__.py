"""ticket24: a customer ticket portal for companies that work in Bitrix24."""
