"""The clockwork: Prefect flows that ask what is due now, and have casework do it."""

from flows.environment import prepare

# Prefect reads its environment when it is imported, so this comes before any flow.
prepare()
