from kefir import keys

from cumulo.runtime.keys import Key


def test_the_keys_of_the_single_table():
    assert keys.batch("u1", "B1") == Key("USER#u1", "BATCH#B1")
    assert keys.part("EVENT", "u1", "B1", "E1") == Key("USER#u1", "EVENT#B1#E1")
    assert keys.public("B1") == Key("PUBLIC#B1", "BATCH")
    assert keys.code("c1") == Key("CODE#c1", "CODE")
    assert keys.codes("u1", 7) == Key("CODES#u1", "HOUR#7")


def test_prefixes_are_those_of_the_keys():
    assert keys.batch("u1", "B1").sort.startswith(keys.batches())
    assert keys.part("EVENT", "u1", "B1", "E1").sort.startswith(keys.parts("EVENT", "B1"))
    assert not keys.part("EVENT", "u1", "B10", "E1").sort.startswith(keys.parts("EVENT", "B1"))
