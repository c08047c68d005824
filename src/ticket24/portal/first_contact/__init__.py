"""Pages for people who are not in the CRM: the form, and what confirms an address."""
