"""What scripts/bench-send is made of."""
