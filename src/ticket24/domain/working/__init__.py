"""Working time: when somebody is there, and how much of it has passed."""
