"""What customers see in the portal: tickets, lists of them, what is under way."""
