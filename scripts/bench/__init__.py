"""What the service costs, as ratios measured in one run. No test depends on a clock."""
