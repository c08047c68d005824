"""What all our pages need, whoever they are for."""
