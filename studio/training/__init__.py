"""The loop and what it leaves behind: runs, histories, checkpoints, moments."""
