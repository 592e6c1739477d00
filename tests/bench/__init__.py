"""Benchmarks: `make bench`. Each figure stands beside yardsticks of the same run; nothing here asserts a time."""
