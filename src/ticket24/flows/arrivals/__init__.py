"""Mail that reached us finds its ticket, or a person who decides."""
