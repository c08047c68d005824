"""What is said in a task on the wire: forum comments, chats, who wrote."""
