"""REST as its callers meet it: limits, refusals, batches, answers."""
