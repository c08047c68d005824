"""What people write who are not in the CRM waits until they confirm an address."""
