"""What is said under tasks, by people and by Bitrix24 itself."""
