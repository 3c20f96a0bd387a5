"""Finding: what an index promises, how words are normalised, and how a query is read."""
