"""Threads are lent for a while and given back, whatever happens."""

import pytest
import torch

from studio.backend.threads import threads


def test_the_number_comes_back_also_after_an_error():
    before = torch.get_num_threads()
    with threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
    with pytest.raises(ValueError, match="inside"), threads(before + 2):
        raise ValueError("inside")
    assert torch.get_num_threads() == before
