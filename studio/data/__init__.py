"""Pictures to learn from: the list of sources and the readers behind it. Importing it does not import torch."""
