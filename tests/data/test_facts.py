import pytest

from studio.data.config import DataConfig
from studio.data.registry import read
from studio.errors import Refused

PEOPLE = """file,gender,smiling,mood,age,note
a.png,male,yes,glad,10,likes long walks on the beach in the evening
b.png,female,no,sad,20,{long}
c.png,female,yes,calm,30,x
d.png,male,no,glad,40,y
"""


def folder(root, **settings):
    return read(DataConfig("folder", str(root), **{"size": 8, "holdout": 0.0} | settings))


@pytest.fixture
def people(paint):
    """Four pictures of level 0, 1, 2, 3 with a complete table beside them."""
    for level, name in enumerate("abcd"):
        root = paint(f"{name}.png", (level,) * 3)
    (root / "labels.csv").write_text(PEOPLE.format(long="z" * 40))
    return root


def answers(found):
    return dict(zip(found.attribute_names, found.attributes.T.tolist(), strict=True))


def test_columns_of_few_words_become_attributes(people):
    assert answers(folder(people)) == {
        "gender=male": [1, 0, 0, 1],
        "smiling": [1, 0, 1, 0],
        "mood=calm": [0, 0, 1, 0],
        "mood=glad": [1, 0, 0, 1],
        "mood=sad": [0, 1, 0, 0],
    }
    assert folder(people).labels is None


def test_only_the_named_ones_in_their_order(people):
    found = answers(folder(people, attributes="age, Gender=Female,smiling"))
    assert found == {"age above 25": [0, 0, 1, 1], "gender=female": [0, 1, 1, 0], "smiling": [1, 0, 1, 0]}
    assert [*found] == ["age above 25", "gender=female", "smiling"]


def test_the_median_leaves_somebody_above(paint):
    for name in "abcd":
        root = paint(f"{name}.png")
    (root / "labels.csv").write_text("file,x\na.png,1\nb.png,2\nc.png,9\nd.png,9\n")
    assert answers(folder(root, attributes="x")) == {"x above 5.5": [0, 0, 1, 1]}
    (root / "labels.csv").write_text("file,x\na.png,1\nb.png,9\nc.png,9\nd.png,3\n")
    assert answers(folder(root, attributes="x")) == {"x above 6": [0, 1, 1, 0]}
    paint("e.png")
    (root / "labels.csv").write_text("file,x\na.png,1\nb.png,9\nc.png,9\nd.png,3\ne.png,9\n")
    assert answers(folder(root, attributes="x")) == {"x above 3": [0, 1, 1, 0, 1]}


def test_the_answers_follow_the_pictures(people):
    (people / "b.png").write_bytes(b"broken")
    found = folder(people, holdout=0.34, attributes="smiling,age")
    assert (len(found), len(found.held_out)) == (2, 1)
    for part in (found, found.held_out):
        for level, row in zip(part.pictures[:, 0, 0, 0].tolist(), part.attributes.tolist(), strict=True):
            assert row == {0: [1, 0], 2: [1, 1], 3: [0, 1]}[level]
    few = folder(people, limit=2, attributes="age")
    assert few.attributes[:, 0].tolist() == [int(level > 1) for level in few.pictures[:, 0, 0, 0]]


def test_a_column_can_make_the_classes(people):
    found = folder(people, classes_from="mood")
    assert (found.classes, found.labels.tolist()) == (("calm", "glad", "sad"), [1, 2, 0, 1])
    assert found.attribute_names == ("gender=male", "smiling")
    assert folder(people, classes_from="smiling").classes == ("not smiling", "smiling")
    assert folder(people, classes_from="age").classes == ("10", "20", "30", "40")


def test_a_column_replaces_the_classes_of_the_folders(paint):
    for name in ("x/a.png", "y/b.png", "y/c.png"):
        root = paint(name)
    (root / "labels.csv").write_text("file,kind\nx/a.png,q\nb.png,p\nc.png,q\n")
    assert folder(root).classes == ("x", "y")
    assert folder(root).attribute_names == ("kind=q",)
    assert folder(root, classes_from="kind").counts() == {"p": 1, "q": 2}


def test_gaps_matter_only_in_what_is_used(people):
    text = PEOPLE.format(long="").replace("d.png,male", "d.png,female")
    text = text.replace("b.png,female", "b.png,").replace("yes,calm", "yes,")
    (people / "labels.csv").write_text(text)
    assert folder(people).attribute_names == ("smiling",)
    found = folder(people, attributes="gender,smiling", classes_from="mood")
    assert found.pictures[:, 0, 0, 0].tolist() == [0, 3]
    assert answers(found) == {"gender=male": [1, 0], "smiling": [1, 0]}
    assert (found.classes, found.labels.tolist()) == (("glad",), [0, 0])
    assert [(refusal.path, refusal.reason) for refusal in found.refused] == [
        ("b.png", "has no gender in labels.csv"),
        ("c.png", "has no mood in labels.csv"),
    ]


def test_pictures_that_the_table_forgets(people, paint):
    paint("e.png")
    assert (len(folder(people)), folder(people).attributes) == (5, None)
    found = folder(people, attributes="smiling")
    assert (len(found), found.refused[0].path, found.refused[0].reason) == (4, "e.png", "is not in labels.csv")


def test_the_table_may_lie_one_folder_above(people):
    images = people / "images"
    images.mkdir()
    for name in "abcd":
        (people / f"{name}.png").rename(images / f"{name}.png")
    assert folder(images).attribute_names == folder(people).attribute_names != ()


def test_a_table_about_something_else_is_passed_over(people):
    (people / "labels.csv").write_text("file,kind\nother.png,a\n")
    assert (len(folder(people)), folder(people).attributes) == (4, None)
    with pytest.raises(Refused, match=r"labels\.csv names none of the pictures in "):
        folder(people, attributes="kind")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"attributes": "hat"}, r"has no column 'hat'\. It has: gender, smiling, mood, age, note\."),
        ({"classes_from": "hat"}, r"has no column 'hat'\. It has: gender"),
        ({"attributes": "mood=angry"}, r"No picture has 'mood=angry'\. The values of mood are: calm, glad, sad\."),
    ],
)
def test_what_is_not_there_is_one_sentence(settings, sentence, people):
    with pytest.raises(Refused, match=sentence):
        folder(people, **settings)


def test_columns_that_teach_nothing_are_refused(paint):
    for index in range(25):
        root = paint(f"{index}.png")
    rows = "".join(f"{index}.png,same,name {index},,{index}\n" for index in range(25))
    (root / "labels.csv").write_text("file,all,who,none,number\n" + rows)
    assert folder(root).attributes is None
    with pytest.raises(Refused, match=r"column all of .* says the same of every picture \(same\)"):
        folder(root, attributes="all")
    with pytest.raises(Refused, match=r"column who of .* has 25 different values, .* \(at most 20\)\. Name one of"):
        folder(root, attributes="who")
    with pytest.raises(Refused, match=r"No picture in .* has a value for all of none in labels\.csv"):
        folder(root, attributes="none")
    assert folder(root, attributes="who=name 7").attributes.sum() == 1
    assert len(folder(root, classes_from="who").classes) == 25


def test_too_many_classes_are_refused(people, monkeypatch):
    monkeypatch.setattr("studio.data.facts.MOST_CLASSES", 3)
    with pytest.raises(Refused, match=r"column age of .* has 4 different values, too many for classes \(at most 3\)"):
        folder(people, classes_from="age")


def test_settings_without_a_table_say_what_to_write(paint):
    root = paint("a.png")
    with pytest.raises(Refused, match=r"no table of facts about the pictures in .*pictures\. Put a labels\.csv into"):
        folder(root, classes_from="mood")
