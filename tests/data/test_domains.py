import numpy as np
import pytest

from studio.data.config import DataConfig
from studio.data.domains import domains
from studio.data.pictures import PictureSet, Refusal
from studio.data.registry import read
from studio.errors import Refused


def labelled(*counts, names=("cat", "dog", "owl"), share=0.25, step=100):
    """Pictures whose level tells their class: ``step`` · class + running number."""
    labels = np.repeat(np.arange(len(counts)), counts)
    values = np.concatenate([step * label + np.arange(count) for label, count in enumerate(counts)]).astype(np.uint8)
    pictures = np.broadcast_to(values[:, None, None, None], (len(labels), 2, 2, 1)).copy()
    attributes = (values % 2)[:, None]
    found = PictureSet(
        pictures,
        labels.astype(np.int64),
        names[: len(counts)],
        "Zoo",
        (Refusal("a", "b"),),
        attributes=attributes,
        attribute_names=("odd",),
    )
    return found.split(share, seed=0)


def levels(found):
    return sorted(found.pictures[:, 0, 0, 0].tolist())


def test_two_classes_become_two_domains():
    both = domains(labelled(20, 8), DataConfig())
    assert both.sides == both.held_out.sides == ("cat", "dog")
    assert (len(both), len(both.held_out), len(both.domain), len(both.domain.held_out)) == (15, 5, 6, 2)
    assert both.held_out.domain is both.domain.held_out
    assert sorted(levels(both) + levels(both.held_out)) == list(range(20))
    assert sorted(levels(both.domain) + levels(both.held_out.domain)) == list(range(100, 108))
    assert (both.labels, both.classes, both.domain.labels) == (None, (), None)
    np.testing.assert_array_equal(both.attributes[:, 0], both.pictures[:, 0, 0, 0] % 2)
    assert (both.title, both.refused) == ("Zoo", (Refusal("a", "b"),))


@pytest.mark.parametrize(
    ("settings", "sides"),
    [
        ({}, ("cat", "dog")),
        ({"domain_a": "owl", "domain_b": "cat"}, ("owl", "cat")),
        ({"domain_a": "cat", "domain_b": "owl"}, ("cat", "owl")),
        ({"domain_a": "dog"}, ("dog", "cat")),
        ({"domain_b": "Cat"}, ("dog", "cat")),
        ({"domain_b": "owl", "swap": True}, ("owl", "cat")),
    ],
)
def test_the_classes_are_the_ones_asked_for(settings, sides):
    both = domains(labelled(8, 8, 8), DataConfig(**settings))
    assert both.sides == sides
    hundreds = {"cat": 0, "dog": 100, "owl": 200}
    for part, side in ((both, sides[0]), (both.domain, sides[1]), (both.held_out.domain, sides[1])):
        assert {level // 100 * 100 for level in levels(part)} == {hundreds[side]}


def test_the_folders_of_cyclegan_bring_their_own_test_pictures():
    names = ("testA", "testB", "trainA", "trainB", "trash")
    found = labelled(4, 3, 8, 6, names=names, share=0.3, step=10)
    both = domains(found, DataConfig())
    assert both.sides == ("A", "B")
    assert levels(both) == [20 + i for i in range(8)]
    assert levels(both.domain) == [30 + i for i in range(6)]
    assert levels(both.held_out) == list(range(4))
    assert levels(both.held_out.domain) == [10, 11, 12]
    assert len(both.attributes) == 8


def test_without_held_out_pictures_nothing_of_the_test_is_learned():
    found = labelled(4, 3, 8, 6, names=("testA", "testB", "trainA", "trainB"), step=10)
    whole = PictureSet(found.pictures, found.labels, found.classes)
    both = domains(whole, DataConfig())
    assert min(levels(both)) >= 20
    assert both.held_out is None
    assert both.domain.held_out is None


def test_the_two_sides_of_pairs_are_domains_too():
    pictures = np.arange(40, dtype=np.uint8).reshape(10, 2, 2, 1)
    paired = PictureSet(pictures, other=pictures + 100, sides=("map", "photo")).split(0.2, seed=0)
    both = domains(paired, DataConfig(swap=True))  # the reader has exchanged them already
    np.testing.assert_array_equal(both.domain.pictures, paired.other)
    np.testing.assert_array_equal(both.held_out.domain.pictures, paired.held_out.other)
    assert (both.other, both.sides, len(both.domain.held_out)) == (None, ("map", "photo"), 2)
    assert domains(both, DataConfig()) is both


def test_a_class_without_held_out_pictures_holds_none_out():
    both = domains(labelled(20, 1), DataConfig())
    assert (len(both.domain), both.held_out, both.domain.held_out) == (1, None, None)


@pytest.mark.parametrize(
    ("found", "settings", "sentence"),
    [
        (PictureSet(np.zeros((4, 2, 2, 1), np.uint8)), {}, "Two domains need pictures in classes. Put the two kinds"),
        (labelled(9), {}, "There is only the class cat, and two domains need two. Add a second folder"),
        (labelled(9, 9), {"domain_b": "ape"}, "There is no class 'ape' for domain B. The classes are: cat, dog."),
        (labelled(9, 9), {"domain_a": "dog", "domain_b": "dog"}, "Domain A and domain B are both dog. Choose another"),
        (labelled(9, 0), {}, "There is no picture of dog to learn from. Set a higher limit."),
    ],
)
def test_what_is_missing_is_one_sentence(found, settings, sentence):
    with pytest.raises(Refused) as caught:
        domains(found, DataConfig(**settings))
    assert str(caught.value).startswith(sentence)


def test_digits_of_two_kinds():
    config = DataConfig(domain_a="3", domain_b="8")
    both = domains(read(config), config)
    assert (len(both) + len(both.held_out), len(both.domain) + len(both.domain.held_out)) == (183, 174)
