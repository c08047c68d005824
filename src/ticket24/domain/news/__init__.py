"""What customers are told: which news, in which letters, and what nobody got."""
