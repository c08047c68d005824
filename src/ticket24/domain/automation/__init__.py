"""What a company has done by itself: recipes, rules, promises, reminders, ends."""
