"""What customers asked for, until Bitrix24 has it, and the files on their way there."""
