"""Values that are valid but not believable, or that contradict each other; every rule with its evidence in words."""
