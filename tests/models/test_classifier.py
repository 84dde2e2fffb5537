"""The classifier: it learns, takes over features, freezes them when asked, and refuses what cannot work."""

from __future__ import annotations

import dataclasses
import shutil

import pytest
import torch

from studio import config as configs
from studio.backend.backend import Backend
from studio.data import registry
from studio.data.config import DataConfig
from studio.models import aae, classifier, classifier_nets, library
from studio.models.family import Batch, Parent, Spec, Step
from studio.session import Session
from studio.training import optimisers
from studio.training.jobs import TrainJob
from tests.fakes import small

SPEC = Spec(8, 1, tuple("0123456789"))
PARENT = Parent("old", "aae", {"hidden": 16, "labels": False}, Spec(8, 1))
CONVOLUTIONS = Parent("old", "aae", {"architecture": "convolutional", "width": 4, "labels": False}, Spec(8, 1))


class Uniform:
    """The random numbers of a step."""

    def __init__(self, seed=0):
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, shape):
        return torch.rand(shape, generator=self.generator)


@pytest.fixture(scope="module")
def digits():
    data = registry.read(DataConfig(source="digits", size=8), held_out=True)
    return [
        (torch.from_numpy(part.pictures).permute(0, 3, 1, 2).float() / 255, torch.from_numpy(part.labels))
        for part in (data, data.held_out)
    ]


def built(settings, parent=None):
    torch.manual_seed(0)
    return classifier.build(settings, Spec(8, 1, SPEC.classes, parent=parent))


def fit(nets, settings, pictures, labels, steps, rate=5e-3):
    own = [p for name in classifier.players(settings)[0].nets for p in nets[name].parameters()]
    mover = optimisers.make(classifier.players(settings)[0].optimiser, own)
    optimisers.set_rate(mover, rate)
    draw = Uniform()
    for net in nets.values():
        net.train()
    for index in range(steps):
        rows = torch.randint(len(pictures), (64,), generator=draw.generator)
        terms = classifier.loss(Step(nets, settings, draw, SPEC, index), Batch(pictures[rows], labels[rows]))
        mover.zero_grad()
        terms["loss"].backward(inputs=own)
        mover.step()
    for net in nets.values():
        net.eval()


def test_it_learns_to_read_the_digits(digits):
    (pictures, labels), held_out = digits
    settings = classifier.ClassifierConfig(shift=1, smoothing=0.1)
    nets = built(settings)
    fit(nets, settings, pictures, labels, 150)
    with torch.inference_mode():
        figures = classifier.validate(Step(nets, settings, Uniform(), SPEC), Batch(*held_out))
        right = (classifier.classify(nets, held_out[0]).argmax(1) == held_out[1]).float().mean()
    assert float(figures["val accuracy"]) > 0.9
    assert float(figures["val accuracy"]) == float(right)
    assert float(figures["val loss"]) < 1.0


@pytest.mark.parametrize("size", [8, 9, 16, 28, 33, 64])
def test_its_own_nets_exist_for_any_size(size):
    spec = Spec(size, 3, ("a", "b"))
    settings = classifier.ClassifierConfig(width=4)
    nets = classifier.build(settings, spec)
    assert classifier.spec_problems(settings, spec) == []
    assert classifier.classify(nets, torch.rand(2, 3, size, size)).shape == (2, 2)


def test_pretrained_features_are_the_parents_and_scratch_ones_are_not():
    torch.manual_seed(7)
    parent_nets = aae.build(aae.AaeConfig(**PARENT.model), PARENT.spec)
    pictures = torch.rand(3, 1, 8, 8)
    expected = aae.features(parent_nets, pictures)
    for start in ("pretrained", "scratch"):
        settings = classifier.ClassifierConfig(parent="old", start=start)
        nets = built(settings, PARENT)
        classifier.inherit(settings, nets, {"encoder": parent_nets["encoder"]})
        assert torch.equal(nets["features"](pictures), expected) == (start == "pretrained")
        assert nets["head"](expected).shape == (3, 10)


def test_pictures_reach_the_parent_in_its_own_range():
    seen = []

    class Spy(torch.nn.Module):
        def forward(self, pictures):
            seen.append((float(pictures.min()), float(pictures.max())))
            return pictures.flatten(1)

    about = dataclasses.replace(
        aae.FAMILY, value_range=(-1.0, 1.0), features=lambda nets, pictures: nets["encoder"](pictures)
    )
    pictures = torch.tensor([0.0, 0.25, 0.5, 1.0]).view(1, 1, 2, 2)
    found = classifier_nets.Inherited(about, {"encoder": Spy()}, frozen=False)(pictures)
    assert seen == [(-1.0, 1.0)]
    assert torch.equal(found, pictures.flatten(1) * 2 - 1)


def test_frozen_features_stay_to_the_bit_and_the_head_learns(digits):
    (pictures, labels), held_out = digits
    settings = classifier.ClassifierConfig(parent="old", freeze=True, shift=0, dropout=0.0)
    nets = built(settings, CONVOLUTIONS)
    before = {key: value.clone() for key, value in nets["features"].state_dict().items()}
    assert any("running_mean" in key for key in before), "with batch statistics that could drift"
    fit(nets, settings, pictures, labels, 100)
    for key, value in nets["features"].state_dict().items():
        assert torch.equal(value, before[key]), key
    with torch.inference_mode():
        figures = classifier.validate(Step(nets, settings, Uniform(), SPEC), Batch(*held_out))
    assert float(figures["val accuracy"]) > 0.5, "even random features tell digits apart"


def test_features_that_are_not_frozen_adapt(digits):
    (pictures, labels), _ = digits
    settings = classifier.ClassifierConfig(parent="old", shift=0)
    nets = built(settings, PARENT)
    before = {key: value.clone() for key, value in nets["features"].state_dict().items()}
    fit(nets, settings, pictures, labels, 2)
    moved = [key for key, value in nets["features"].state_dict().items() if not torch.equal(value, before[key])]
    # the code layer, which the features end before, is the only one that stays
    assert set(before) - set(moved) == {"nets.encoder.5.weight", "nets.encoder.5.bias"}


def test_a_run_can_be_built_on_and_the_result_opens_without_it(tmp_path):
    session = Session(tmp_path)
    session.do(TrainJob(small("aae"), tmp_path, "old", steps=2))
    session.do(TrainJob(small("classifier", "parent=old", "freeze=true"), tmp_path, "new", steps=2))
    backend = Backend("cpu", "float32")
    old = library.load(library.find("old", tmp_path), backend)
    shutil.rmtree(tmp_path / "old")
    new = library.load(library.find("new", tmp_path), backend)
    pictures = torch.rand(3, 1, 8, 8)
    with torch.inference_mode():
        assert torch.equal(classifier.features(new.nets, pictures), aae.features(old.nets, pictures))
        assert classifier.classify(new.nets, pictures).shape == (3, 10)


def test_a_classifier_can_be_built_on_a_classifier():
    parent = Parent("first", "classifier", {"parent": "old"}, Spec(8, 1, SPEC.classes, parent=PARENT))
    settings = classifier.ClassifierConfig(parent="first")
    nets = classifier.build(settings, Spec(8, 1, ("even", "odd"), parent=parent))
    assert classifier.classify(nets, torch.rand(2, 1, 8, 8)).shape == (2, 2)


def test_it_can_be_built_without_memory_for_loading():
    with torch.device("meta"):
        nets = classifier.build(classifier.ClassifierConfig(), Spec(8, 1, SPEC.classes, parent=CONVOLUTIONS))
    assert all(p.is_meta for net in nets.values() for p in net.parameters())


def test_shifting_moves_each_picture_by_its_own_amount_and_repeats_the_border():
    pictures = torch.arange(32, dtype=torch.float32).view(2, 1, 4, 4).repeat(1, 3, 1, 1)
    chances = torch.tensor([[0.5, 0.5], [0.0, 0.99]])  # stay; one down, one left
    found = classifier_nets.shifted(pictures, 1, chances)
    assert torch.equal(found[0], pictures[0])
    assert torch.equal(found[1, :, 1:, :-1], pictures[1, :, :-1, 1:])
    assert torch.equal(found[1, :, 0], found[1, :, 1]), "the upper border is repeated"
    assert torch.equal(found[1, :, :, 3], found[1, :, :, 2]), "and the right one"


def test_shifts_follow_from_the_steps_random_numbers_alone(digits):
    (pictures, labels), _ = digits
    settings = classifier.ClassifierConfig(shift=2, dropout=0.0)
    nets, batch = built(settings), Batch(pictures[:8], labels[:8])
    losses = [classifier.loss(Step(nets, settings, Uniform(seed), SPEC), batch)["loss"] for seed in (0, 0, 1)]
    assert torch.equal(losses[0], losses[1])
    assert not torch.equal(losses[0], losses[2])


def test_misread_pictures_stand_out(digits):
    pictures, labels = digits[1]
    nets = {name: net.eval() for name, net in built(classifier.ClassifierConfig()).items()}
    with torch.inference_mode():
        rows = classifier.compare(nets, Batch(pictures, labels))
        found = classifier.classify(nets, pictures).argmax(1)
    assert torch.equal(rows["picture"], pictures)
    assert torch.equal(rows["misread"].flatten(1).any(1), found != labels)


def test_what_cannot_work_is_a_sentence():
    settings = classifier.ClassifierConfig()
    assert classifier.spec_problems(settings, SPEC) == []
    assert "at least two classes" in classifier.spec_problems(settings, Spec(8, 1, ("a",)))[0]
    assert "not 7" in classifier.spec_problems(settings, Spec(7, 1, ("a", "b")))[0]
    assert "out of sight" in classifier.spec_problems(classifier.ClassifierConfig(shift=8), SPEC)[0]
    other = Spec(16, 3, ("a", "b"), parent=PARENT)
    size, colour = classifier.spec_problems(settings, other)
    assert size == "old was trained on pictures of 8 px, not 16. Set the picture size to 8."
    assert "Set colour to grey" in colour
    assert configs.problems(settings) == []
