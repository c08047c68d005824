"""Lists for a person: held mails, and news that nobody could be told."""
