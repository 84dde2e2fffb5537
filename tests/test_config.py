"""Settings: what is refused, what a person may type, and that JSON gives back exactly what it was given."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio import config, models
from studio.config import option
from studio.data.config import DataConfig
from studio.errors import Refused
from studio.training.recipe import TrainingConfig

ALL = [*(family.config for family in models.FAMILIES), TrainingConfig, DataConfig]
every_config = pytest.mark.parametrize("cls", ALL, ids=lambda c: c.__name__)
quick = settings(max_examples=40, deadline=None, database=None)


@dataclass(frozen=True)
class Example:
    """One setting of each type."""

    count: int = option(8, "Count", help="A whole number.", low=1, high=64)
    rate: float = option(0.5, "Rate", help="A number.", low=0.0, high=10.0, unit="mm", scientific=True)
    on: bool = option(False, "Switch", help="Yes or no.")
    kind: str = option("a", "Kind", help="One of a few.", choices={"a": "First", "b": "Second"})
    name: str = option("", "Name", help="Any text.", path=True)
    width: int = option(16, "Width", help="A power of two.", power_of_two=True)
    hidden: int = 3

    def problems(self):
        return ["Count and rate do not go together."] if self.count == 64 and self.rate == 10.0 else []


def known(name, cls=Example):
    return next(o for o in config.options(cls) if o.name == name)


def test_options_describe_the_fields_in_order():
    names = [o.name for o in config.options(Example)]
    assert names == ["count", "rate", "on", "kind", "name", "width"], "a field without option() is no setting"
    assert config.options(Example()) == config.options(Example)
    rate = known("rate")
    assert (rate.type, rate.default, rate.low, rate.high) == (float, 0.5, 0.0, 10.0)
    assert (rate.label, rate.unit, rate.scientific, rate.path) == ("Rate", "mm", True, False)
    assert known("name").path


def test_a_setting_can_name_a_model_and_have_a_rule_of_its_own():
    @dataclass(frozen=True)
    class Built:
        parent: str = option("", "Built on", help="A model.", model=True)
        even: int = option(2, "Even", help="Even.", low=0, check=lambda n: "Even is odd." if n % 2 else None)

    parent, even = config.options(Built)
    assert (parent.model, even.model) == (True, False)
    assert config.problems(Built("anything", 4)) == []
    assert config.problems(Built(even=3)) == ["Even is odd."]
    assert config.problems(Built(even=-3)) == ["Even must be at least 0, not -3."], "the range comes first"


@every_config
def test_defaults_have_no_problem(cls):
    assert config.problems(cls()) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("count", 0, "Count must be at least 1, not 0"),
        ("count", 65, "Count must be at most 64, not 65"),
        ("count", 2.5, "Count is a whole number, not 2.5"),
        ("count", True, "Count: True is not a number"),
        ("count", "8", "Count: '8' is not a number"),
        ("count", None, "Count: None is not a number"),
        ("rate", True, "Rate: True is not a number"),
        ("rate", math.nan, "Rate must be a finite number, not nan"),
        ("rate", math.inf, "Rate must be a finite number, not inf"),
        ("rate", -math.inf, "Rate must be a finite number, not -inf"),
        ("rate", -1e-9, "Rate must be at least 0, not -1e-09"),
        ("kind", "c", "Kind: 'c' is not one of a, b"),
        ("width", 24, "Width must be a power of two"),
        ("width", 0, "Width must be a power of two"),
        ("width", -16, "Width must be a power of two"),
    ],
)
def test_a_wrong_value_is_a_sentence_that_names_the_setting(name, value, words):
    problem = known(name).problem(value)
    assert words in problem
    assert problem.endswith(".")
    assert config.problems(dataclasses.replace(Example(), **{name: value})) == [problem]


@pytest.mark.parametrize(
    ("name", "value"),
    [("count", 1), ("count", 64), ("rate", 0.0), ("rate", 10), ("kind", "b"), ("width", 1), ("width", 4096)],
)
def test_the_ends_of_the_range_are_allowed(name, value):
    assert known(name).problem(value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", math.inf),  # JSON's Infinity and 1e999
        ("count", math.nan),
        ("on", "no"),  # a text that is true
        ("on", 3),
        ("name", 5),
        ("name", None),
        ("kind", ["a"]),  # cannot be looked up in a dict
        ("width", 16.5),
    ],
)
def test_a_value_of_another_type_is_a_sentence_too(name, value):
    problem = known(name).problem(value)
    assert problem is not None
    assert problem.startswith(known(name).label)


def test_a_whole_float_for_a_whole_number_is_refused_or_becomes_whole():
    restored = config.from_json(Example, {"width": 16.0})  # an editor of config.json wrote 16.0
    assert config.problems(restored) or isinstance(restored.width, int)


def test_what_settings_say_together_comes_after_each_alone_is_right():
    both = Example(count=64, rate=10.0)
    assert config.problems(both) == ["Count and rate do not go together."]
    assert config.problems(dataclasses.replace(both, width=3)) == [known("width").problem(3)]


def test_all_problems_are_told_at_once():
    found = config.problems(Example(count=0, rate=-1.0, kind="z"))
    assert len(found) == 3
    with pytest.raises(Refused) as refusal:
        config.require(iter(found))
    assert str(refusal.value).splitlines() == found
    config.require([])


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("count", " 12 ", 12),
        ("count", "-3", -3),
        ("rate", "2e-4", 2e-4),
        ("rate", "3", 3.0),
        ("on", "Yes", True),
        ("on", "true", True),
        ("on", "on", True),
        ("on", "1", True),
        ("on", "NO", False),
        ("on", "false", False),
        ("on", "off", False),
        ("on", "0", False),
        ("name", "  a b=c ", "a b=c"),
    ],
)
def test_what_a_person_types_is_parsed(name, text, value):
    parsed = known(name).parse(text)
    assert parsed == value
    assert type(parsed) is known(name).type


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("count", "1.5", "a whole number"),
        ("count", "1e3", "a whole number"),
        ("count", "", "a whole number"),
        ("rate", "fast", "a number"),
        ("rate", "0,5", "a number"),
        ("on", "maybe", "yes or no"),
    ],
)
def test_what_cannot_be_parsed_is_refused_with_the_kind(name, text, words):
    with pytest.raises(Refused) as refusal:
        known(name).parse(text)
    assert str(refusal.value) == f"{name}={text}: {known(name).label} is {words}."


@pytest.mark.parametrize("text", ["nan", "inf", "-infinity"])
def test_a_typed_number_that_is_not_finite_is_a_problem(text):
    assert "finite" in known("rate").problem(known("rate").parse(text))


def value_of(option):
    """Values that a setting allows."""
    if option.choices:
        return st.sampled_from(list(option.choices))
    if option.type is bool:
        return st.booleans()
    if option.type is int and option.power_of_two:
        return st.integers(0, 12).map(lambda n: 2**n)
    if option.type is int:
        return st.integers(int(option.low or 0), int(option.high or 10**9))
    if option.type is float:
        return st.floats(option.low, option.high, allow_nan=False, allow_infinity=False)
    return st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=20)


@every_config
@quick
@given(data=st.data())
def test_json_gives_every_value_back(cls, data):
    values = {o.name: data.draw(value_of(o), o.name) for o in config.options(cls)}
    chosen = cls(**values)
    own = [p for o in config.options(cls) if (p := o.problem(values[o.name]))]
    assert own == []
    again = config.from_json(cls, json.loads(json.dumps(config.to_json(chosen))))
    assert again == chosen
    assert [type(getattr(again, name)) for name in values] == [type(value) for value in values.values()]


@every_config
@quick
@given(data=st.data())
def test_what_plain_values_look_like_can_be_typed(cls, data):
    about = data.draw(st.sampled_from(config.options(cls)))
    value = data.draw(value_of(about))
    assert about.parse(f"{value!r}" if about.type is float else f"{value}") == value


@quick
@given(st.integers() | st.floats())
def test_a_number_is_either_in_range_or_a_problem(value):
    rate = known("rate")
    allowed = math.isfinite(value) and 0 <= value <= 10
    assert (rate.problem(value) is None) == allowed


@quick
@given(st.integers(-(2**70), 2**70))
def test_powers_of_two_are_those_with_one_bit(value):
    assert (known("width").problem(value) is None) == (value > 0 and value.bit_count() == 1)


def test_a_missing_key_keeps_its_default_and_an_unknown_one_is_refused():
    assert config.from_json(Example, {"count": 9}) == Example(count=9)
    with pytest.raises(Refused, match=r"no setting 'colour' here\. Known are: count, rate"):
        config.from_json(Example, {"colour": 1})
    with pytest.raises(Refused, match="no setting 'hidden'"):
        config.from_json(Example, {"hidden": 1})


def test_a_whole_number_from_json_becomes_the_float_that_it_means():
    restored = config.from_json(Example, {"rate": 1, "on": True})
    assert type(restored.rate) is float
    assert restored.on is True
    assert config.problems(config.from_json(Example, {"rate": True})) == ["Rate: True is not a number."]


@pytest.mark.parametrize(
    ("number", "text"), [(2e-4, "0.0002"), (64, "64"), (1e-5, "1e-05"), (0.5, "0.5"), (1.0, "1"), ("x", "x")]
)
def test_numbers_are_written_as_people_write_them(number, text):
    assert config.plain(number) == text
