"""Mail that reaches us: who may speak, in which ticket, and what is new in it."""
