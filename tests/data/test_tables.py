from pathlib import Path

import numpy as np
import pytest

from studio.data.config import DataConfig
from studio.data.reading import Reading
from studio.data.tables import Column, Table, column, find_table, read_csv
from studio.errors import Cancelled, Refused

READING = Reading(DataConfig(), 8)


def write(folder, text, encoding="utf-8"):
    (folder / "labels.csv").write_text(text, encoding=encoding)
    return folder / "labels.csv"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_is_read(mark, encoding, tmp_path):
    lines = ("file,age,who", "a.png,30,me", 'b.png,4,"you, too"', "", "c.png,,me")
    text = "\n".join(
        line.replace(",", mark) if "too" not in line else f'b.png{mark}4{mark}"you, too"' for line in lines
    )
    table = read_csv(write(tmp_path, text, encoding), READING)
    assert table.files == ["a.png", "b.png", "c.png"]
    age, who = table.columns
    assert (age.name, age.values, age.codes.tolist()) == ("age", ("4", "30"), [1, 0, -1])
    assert (who.values, who.codes.tolist()) == (("me", "you, too"), [0, 1, 0])
    assert (age.complete, who.complete) == (False, True)


@pytest.mark.parametrize("name", ["File", "filename", "image", "image_id", "name", "PATH"])
def test_the_column_with_the_files_has_many_names(name, tmp_path):
    table = read_csv(write(tmp_path, f"x,{name}\n1,a.png"), READING)
    assert table.files == ["a.png"]
    assert [one.name for one in table.columns] == ["x"]


def test_other_tables_are_not_about_pictures(tmp_path):
    assert read_csv(write(tmp_path, "city,people\nBonn,330000"), READING) is None
    assert read_csv(write(tmp_path, ""), READING) is None
    assert find_table(tmp_path, READING) is None


def test_a_row_of_another_length_is_refused(tmp_path):
    with pytest.raises(Refused, match=r"labels\.csv: row 3 has 3 cells, the first line 2\. Mend that row"):
        read_csv(write(tmp_path, "file,a\nx.png,1\ny.png,1,2"), READING)


def test_the_table_lies_in_the_folder_or_beside_it(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    assert find_table(folder, READING) is None
    write(tmp_path, "file,a\nx.png,1")
    assert find_table(folder, READING).path == tmp_path / "labels.csv"
    write(folder, "file,a\nx.png,1")
    assert find_table(folder, READING).path == folder / "labels.csv"


def test_reading_a_long_table_can_be_stopped(tmp_path):
    path = write(tmp_path, "file,a\n" + "x.png,1\n" * 10)
    with pytest.raises(Cancelled):
        read_csv(path, Reading(DataConfig(), 8, stopped=lambda: True))


def rows(files, paths, place="/data", root="/data/images"):
    return Table(Path(place) / "labels.csv", files, ()).rows_of([Path(path) for path in paths], Path(root)).tolist()


def test_pictures_are_found_by_path_or_bare_name():
    paths = ["/data/images/a.png", "/data/images/sub/b.png", "/data/images/c.png"]
    assert rows(["a.png", "b.png", "x.png"], paths) == [0, 1, -1]
    assert rows(["images/a.png", "./images/sub/b.png", "images\\c.png"], paths) == [0, 1, 2]
    assert rows(["sub/b.png", "a.png"], paths) == [1, 0, -1]
    assert rows(["a.png", "a.png"], paths[:1]) == [0]


def test_a_bare_name_that_two_pictures_have_means_neither():
    paths = ["/data/images/cat/1.png", "/data/images/dog/1.png"]
    assert rows(["1.png"], paths) == [-1, -1]
    assert rows(["dog/1.png", "cat/1.png"], paths) == [1, 0]


@pytest.mark.parametrize(
    ("cells", "yes_no"),
    [
        ("01", True),
        (("-1", "1"), True),
        (("yes", "No"), True),
        (("True", "False"), True),
        (("1.0", "0.0"), True),
        ("12", False),
        ("012", False),
        ("1", False),
        (("yes", "maybe"), False),
    ],
)
def test_yes_and_no_in_many_words(cells, yes_no):
    assert column("x", cells).yes_no is yes_no


def test_numbers_are_in_the_order_of_their_size():
    found = column("x", ["10", "9", " 2.5 ", "NaN", "n/a", ""])
    assert found.values == ("2.5", "9", "10")
    assert found.codes.tolist() == [2, 1, 0, -1, -1, -1]
    assert found.numbers.tolist() == [2.5, 9, 10]
    assert column("x", ["1", "inf"]).numbers is None


def test_taking_rows_drops_the_values_that_are_gone():
    found = Column("x", ("a", "b", "c"), np.array([0, 1, 2, -1], np.int32)).take(np.array([2, 0, 3, -1]))
    assert (found.values, found.codes.tolist()) == (("a", "c"), [1, 0, -1, -1])
