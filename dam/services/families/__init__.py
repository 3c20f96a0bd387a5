"""Families and stacks: which files are one thing, and which things are shown as one.

``names`` and ``kinship`` compare, ``gathering`` finds what belongs to a file just looked at, ``joining``
makes one asset of two and takes it apart, ``lending`` carries words over and back; ``bursts`` and
``chapters`` find what is to be stacked, ``stacking`` is what people do with stacks. Told in docs/families.md.
"""
