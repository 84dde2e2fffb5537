"""Latent Studio: train generative image models, walk their latent spaces, edit and translate pictures.

The floors, lowest first (an import may only point down; ``tests/test_floors.py`` checks it):

0. ``errors config events resources atomic`` and the packages ``backend imaging``
1. ``models data``
2. ``training latent jobs``
3. ``session``
4. ``gui cli terminal``
"""

__version__ = "0.1.0"
