"""What the hub costs, each figure beside its bare reference of the same run: `make bench`."""
