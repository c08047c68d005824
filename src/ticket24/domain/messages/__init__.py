"""Whose a message is: staff's, the customer's, Bitrix24's own, or internal."""
