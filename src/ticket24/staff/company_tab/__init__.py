"""The tab on a company's card."""
