"""The clockwork: Prefect flows that ask what is due now, and have casework do it."""

import os

from flows.environment import PARENT, prepare
from flows.parent import end_with

# Prefect reads its environment when it is imported, so this comes before any flow.
prepare()
# A flow's process, started by a service, imports its flow and thereby this.
if os.environ.get(PARENT) == str(os.getppid()):
    end_with(os.getppid())
