"""Speed, measured: ours against the floor, as medians and ratios of one run."""
