"""An account: who works there, its tasks, chats, contacts and files."""
