"""The engine: reads, decides, writes, and remembers."""
