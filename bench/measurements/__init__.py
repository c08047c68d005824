"""What is measured: one module for each name that `./t24 bench` takes."""
