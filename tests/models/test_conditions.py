"""From words to what nets see."""

from __future__ import annotations

import pytest
import torch

from studio.errors import Refused
from studio.models.conditions import asked
from studio.models.family import Batch, Condition

ANIMALS = Condition("class", ("cat", "big dog", "horse"))
FACES = Condition("attributes", ("smiles", "glasses", "beard"))


def test_nothing_wanted_is_every_name_in_turn():
    assert asked(ANIMALS, "", 5).argmax(1).tolist() == [0, 1, 2, 0, 1]
    assert asked(FACES, " ", 4).sum(1).tolist() == [1, 1, 1, 1]


def test_a_class_is_one_hot_for_every_picture():
    assert asked(ANIMALS, "big dog", 2).tolist() == [[0, 1, 0], [0, 1, 0]]


def test_attributes_go_together():
    assert asked(FACES, "beard, smiles", 1).tolist() == [[1, 0, 1]]


@pytest.mark.parametrize(("condition", "word"), [(ANIMALS, "cat,horse"), (FACES, "smiles,hat"), (ANIMALS, "Cat")])
def test_an_unknown_word_is_refused_with_the_known_ones(condition, word):
    with pytest.raises(Refused, match="Choose from: " + ", ".join(condition.names)):
        asked(condition, word, 1)


def test_a_batch_has_its_own_conditions():
    batch = Batch(torch.zeros(2, 1, 4, 4), torch.tensor([2, 0]), torch.tensor([[1.0, 0, 1], [0, 0, 0]]))
    assert batch.conditions(None) is None
    assert batch.conditions(ANIMALS).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert torch.equal(batch.conditions(FACES), batch.attributes)
