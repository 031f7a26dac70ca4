"""The web: pages for people, answers for machines. A request is an edge; no rule lives here.

`application` puts the room together. What people read is in `pages/` and `templates/`; `health`
answers those who watch over the service. Whoever starts it says in a `House` what it stands on.
"""
