"""REST as callers meet it: limits, refusals, batches, answers."""
