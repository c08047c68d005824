"""The methods of REST about comments and chats."""
