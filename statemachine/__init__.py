"""The life of a charter, pure: who may do what where, what follows, and what is due when."""
