# Only names for ./t24, for whoever types make by habit.

.PHONY: demo test lint bench help

demo test lint bench help:
	@./t24 $@
