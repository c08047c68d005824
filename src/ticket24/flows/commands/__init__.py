"""What customers asked for, carried out in Bitrix24 exactly once: see `carrying`."""
