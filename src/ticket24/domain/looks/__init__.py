"""What a look goes by: clocks, ages, how much of a chat is read again."""
