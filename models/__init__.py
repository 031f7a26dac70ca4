"""What is remembered: the charter document, the tables, the questions asked of them."""
