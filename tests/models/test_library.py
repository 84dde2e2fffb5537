"""Models on disk: what is saved comes back, every damage is a sentence, names are found in order."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio import atomic, models, resources
from studio.backend.backend import Backend
from studio.config import to_json
from studio.errors import Refused, StudioError
from studio.latent import space
from studio.models import library
from studio.models.family import Spec
from studio.models.library import Card
from tests.fakes import small

CPU = Backend("cpu", "float32")


def card(name="model", family="dcgan", **more):
    return Card(name, family, to_json(small(family).model), 16, 1, **more)


def nets(family="dcgan", seed=0):
    about, config = models.family(family), small(family).model
    built = CPU.build(lambda: about.build(config, Spec(16, 1)), seed)
    return {name: built[name].eval() for name in about.shown}


@pytest.fixture
def model(tmp_path):
    """A model folder."""
    library.save(tmp_path / "model", card(), nets())
    return tmp_path / "model"


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """The folder of shipped models."""
    monkeypatch.setattr(resources, "shipped_weights", lambda: tmp_path / "shipped")
    return tmp_path / "shipped"


def edit(folder, **changes):
    """Change the card by hand."""
    values = json.loads((folder / library.CARD).read_text())
    (folder / library.CARD).write_text(json.dumps({**values, **changes}))


def rewrite(folder, change):
    """Change the weights and give the card the new checksum."""
    tensors = load_file(folder / library.WEIGHTS)
    change(tensors)
    save_file(tensors, folder / library.WEIGHTS)
    edit(folder, sha256=library._checksum(folder / library.WEIGHTS))


# -- saving and loading ----------------------------------------------------------------------------------------------


def test_the_card_comes_back_as_it_was(tmp_path):
    given = card(
        classes=("Äpfel", "b"), step=7, title="T", about="A", data="D", command="c", licence="MIT", credits="©",
        figures={"FID": 12.5},
    )  # fmt: skip
    saved = library.save(tmp_path / "model", given, nets())
    assert len(saved.sha256) == 64
    assert dataclasses.replace(saved, sha256="") == given
    assert library.read_card(tmp_path / "model") == saved
    assert saved.record is models.family("dcgan")
    assert saved.spec == Spec(16, 1, ("Äpfel", "b"))
    assert sorted(p.name for p in (tmp_path / "model").iterdir()) == [library.CARD, library.WEIGHTS]


def test_half_is_half_as_large_and_nearly_the_same(tmp_path):
    own = nets()
    for name, half in (("half", True), ("full", False)):
        library.save(tmp_path / name, card(), own, half=half)
    sizes = [(tmp_path / name / library.WEIGHTS).stat().st_size for name in ("half", "full")]
    assert sizes[0] < 0.65 * sizes[1]
    stored = load_file(tmp_path / "half" / library.WEIGHTS)
    assert {value.dtype for value in stored.values()} == {torch.float16, torch.int64}, "counters stay whole"
    opened = {name: library.load(tmp_path / name, CPU) for name in ("half", "full")}
    for loaded in opened.values():
        for value in loaded.nets["generator"].parameters():
            assert value.dtype == torch.float32
    for key, value in own["generator"].state_dict().items():
        assert torch.equal(opened["full"].nets["generator"].state_dict()[key], value)
        assert torch.equal(opened["half"].nets["generator"].state_dict()[key].half(), value.half())
    codes = space.codes(models.family("dcgan").prior(small("dcgan").model, Spec(16, 1)), 0, 4)
    generate = models.family("dcgan").generate
    with torch.inference_mode():
        half, full = (generate(opened[name].nets, codes) for name in ("half", "full"))
    assert not torch.equal(half, full)
    assert float((half - full).abs().max()) < 0.02


def test_a_loaded_model_is_for_showing(model):
    loaded = library.load(model, CPU)
    assert loaded.config == small("dcgan").model
    assert loaded.record is models.family("dcgan")
    assert set(loaded.nets) == {"generator"}, "the discriminator is not shipped"
    for module in loaded.nets["generator"].modules():
        assert not module.training
    assert not any(p.requires_grad for p in loaded.nets["generator"].parameters())


def test_loading_draws_no_random_number_and_the_stamp_names_the_weights(model, tmp_path):
    state = torch.get_rng_state()
    stamp = library.load(model, CPU).stamp
    assert torch.equal(torch.get_rng_state(), state)
    edit(model, title="Another title")
    assert library.load(model, CPU).stamp == stamp
    library.save(tmp_path / "other", card(), nets(seed=1))
    assert library.load(tmp_path / "other", CPU).stamp != stamp


def test_saving_over_a_model_replaces_it_whole(model):
    (model / "pictures.png").touch()
    library.save(model, card(step=9), nets(seed=1))
    assert library.load(model, CPU).card.step == 9
    assert not (model / "pictures.png").exists()


def test_a_save_that_fails_keeps_the_old_model(model, monkeypatch):
    stamp = library.load(model, CPU).stamp

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "write_json", full)
    with pytest.raises(OSError, match="No space"):
        library.save(model, card(step=9), nets(seed=1))
    assert library.load(model, CPU).stamp == stamp
    assert [p.name for p in model.parent.iterdir()] == ["model"]


def test_weights_too_large_for_half_precision_can_still_be_opened(tmp_path):
    own = nets()
    with torch.no_grad():
        next(own["generator"].parameters())[0] = 70_000.0
    library.save(tmp_path / "model", card(), own)
    loaded = library.load(tmp_path / "model", CPU).nets["generator"]
    assert (next(loaded.parameters())[0] == 70_000.0).all(), "float16 ends at 65,504"


# -- damage ----------------------------------------------------------------------------------------------------------


def test_a_folder_without_card_is_no_model(tmp_path):
    for folder in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(Refused, match=r"is not a model: it has no card\.json"):
            library.read_card(folder)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{half",
        b"{}",
        b'{"name": "x"}',
        b'{"name": "x", "family": "gan", "model": {}, "size": 8, "channels": 1, "classes": 5}',
        b'{"name": "x", "family": "gan", "model": {}, "size": 8, "channels": 1, "colour": 5}',
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b"5",
        b'"text"',
    ],
)
def test_a_damaged_card_is_a_sentence(model, text):
    (model / library.CARD).write_bytes(text)
    for read in (library.read_card, lambda folder: library.load(folder, CPU)):
        with pytest.raises(StudioError) as error:
            read(model)
        assert str(model / library.CARD) in str(error.value)
        assert "damaged" in str(error.value)


def test_a_family_from_a_newer_program_is_named(model):
    edit(model, family="diffusion")
    with pytest.raises(StudioError, match="no family 'diffusion'"):
        library.load(model, CPU)


@pytest.mark.parametrize(
    "changes",
    [
        {"model": {"nonsense": 1}},
        {"model": {**to_json(small("dcgan").model), "width": 8}},
        {"model": {**to_json(small("dcgan").model), "latent": 5}},
        {"size": 32},
        {"channels": 3},
        {"family": "gan", "model": to_json(small("gan").model)},
        {"model": None},
        {"model": {**to_json(small("dcgan").model), "latent": "many"}},
        {"model": {**to_json(small("dcgan").model), "latent": -4}},
        {"size": "big"},
        {"size": None},
    ],
    ids=lambda changes: str({**changes, **(changes.get("model") or {})})[:40],
)
def test_a_card_that_does_not_fit_the_weights_is_a_sentence(model, changes):
    edit(model, **changes)
    with pytest.raises(StudioError):
        library.load(model, CPU)


def test_missing_weights_are_named(model):
    (model / library.WEIGHTS).unlink()
    with pytest.raises(StudioError, match=r"model\.safetensors are missing"):
        library.load(model, CPU)


def test_one_changed_bit_is_found(model):
    data = bytearray((model / library.WEIGHTS).read_bytes())
    data[-1] ^= 1
    (model / library.WEIGHTS).write_bytes(data)
    with pytest.raises(StudioError, match="checksum is not the card's"):
        library.load(model, CPU)


@pytest.mark.parametrize("data", [b"", b"not weights at all", b"\xff" * 64])
def test_a_file_that_is_no_weights_is_a_sentence(model, data):
    (model / library.WEIGHTS).write_bytes(data)
    edit(model, sha256="")
    with pytest.raises(StudioError, match="cannot be read"):
        library.load(model, CPU)


def test_a_cut_file_without_a_checksum_is_a_sentence(model):
    data = (model / library.WEIGHTS).read_bytes()
    (model / library.WEIGHTS).write_bytes(data[: len(data) // 2])
    edit(model, sha256="")
    with pytest.raises(StudioError, match="cannot be read"):
        library.load(model, CPU)


def test_a_missing_tensor_and_a_wrong_shape_name_the_tensor(model):
    key = next(k for k in load_file(model / library.WEIGHTS) if k.endswith("weight"))
    rewrite(model, lambda tensors: tensors.update({key: tensors[key][:1].contiguous()}))
    with pytest.raises(StudioError, match="made for another network") as error:
        library.load(model, CPU)
    assert key in str(error.value)
    rewrite(model, lambda tensors: tensors.pop(key))
    with pytest.raises(StudioError, match="made for another network"):
        library.load(model, CPU)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_not_finite_are_refused(model, value):
    key = next(k for k, v in load_file(model / library.WEIGHTS).items() if v.is_floating_point())
    rewrite(model, lambda tensors: tensors[key].view(-1).__setitem__(0, value))
    with pytest.raises(StudioError, match="not finite") as error:
        library.load(model, CPU)
    assert key in str(error.value)


def test_tensors_that_nobody_asked_for_do_no_harm(model):
    rewrite(model, lambda tensors: tensors.update({"discriminator.extra": torch.ones(3)}))
    assert library.load(model, CPU).card.name == "model"


# -- names -----------------------------------------------------------------------------------------------------------


def make(folder, name):
    """A model folder that has a card alone."""
    folder.mkdir(parents=True)
    atomic.write_json(folder / library.CARD, to_json(card(name)))
    return folder


def test_the_list_is_shipped_then_own_each_by_name(shipped):
    for place, names in ((shipped, ("b", "a")), (resources.user_models(), ("d", "c"))):
        for name in names:
            make(place / name, name)
    (shipped / "notes.txt").touch()
    (shipped / "empty").mkdir()
    assert [found.name for found, _ in library.list_models()] == ["a", "b", "c", "d"]
    assert [folder.parent for _, folder in library.list_models()] == [shipped] * 2 + [resources.user_models()] * 2


def test_without_any_models_the_list_is_empty(shipped):
    assert library.list_models() == []
    with pytest.raises(Refused, match=r"named 'x'\. Models: none yet"):
        library.find("x")


def test_a_damaged_model_is_left_out_of_the_list(shipped):
    make(shipped / "good", "good")
    make(shipped / "sick", "sick")
    (shipped / "sick" / library.CARD).write_text("{half")
    assert [found.name for found, _ in library.list_models()] == ["good"]


def test_a_name_that_nobody_has_is_refused_also_beside_a_damaged_model(shipped):
    make(shipped / "sick", "sick")
    (shipped / "sick" / library.CARD).write_text("{half")
    with pytest.raises(Refused, match="no model or run named 'nothing'"):
        library.find("nothing")


def test_names_are_looked_for_in_order(shipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs = tmp_path / "runs"
    places = [runs / "x" / "moments" / f"{9:09d}", resources.user_models() / "x", shipped / "x", tmp_path / "x"]
    for place in places:
        make(place, "x")
        found = library.find("x", runs)
        assert found.resolve() == place.resolve(), "each place goes before the ones found so far"
    assert library.find(str(shipped / "x"), runs) == shipped / "x"


def test_a_run_is_its_newest_moment_or_the_one_asked_for(shipped, tmp_path):
    runs = tmp_path / "runs"
    for step in (0, 5, 1200):
        make(runs / "r" / "moments" / f"{step:09d}", "r")
    (runs / "r" / "moments" / f"{atomic.TEMPORARY}half").mkdir()
    assert library.find("r", runs).name == "000001200"
    assert library.find("r@5", runs).name == "000000005"
    assert library.find("r@000000005", runs).name == "000000005"
    assert library.find(f"{runs / 'r'}@0").name == "000000000", "by its folder"
    for wrong in ("7", "-1", "last", "5.0"):
        with pytest.raises(Refused, match=rf"no moment '{wrong}'. It has: 0, 5, 1200"):
            library.find(f"r@{wrong}", runs)


def test_a_run_without_moments_and_an_unknown_name_are_refused(shipped, tmp_path):
    make(shipped / "digits", "digits")
    (tmp_path / "runs" / "new" / "moments").mkdir(parents=True)
    with pytest.raises(Refused, match="new has no stored moment yet"):
        library.find("new", tmp_path / "runs")
    with pytest.raises(Refused, match=r"named 'other'\. Models: digits"):
        library.find("other", tmp_path / "runs")
