"""Who plays whom: Bitrix24, readers, strangers, and what they have written."""
