"""The region everything is measured in: the sample's people and offices, and many more groups."""

from datetime import date, datetime, time
from pathlib import Path

import samples
