"""What the hub is about, without input, output or a clock: values, and the rules that decide."""
