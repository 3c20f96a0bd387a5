"""What ``dam doctor`` looks at: the machine, what is kept, and what moves. Checks answer with findings."""
