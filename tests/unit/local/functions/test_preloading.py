"""What is imported once for all workers, and how long that takes."""

from cumulo.local.functions.preloading import Preloading


def test_what_functions_import_is_measured_and_told_once(tmp_path):
    (tmp_path / "app.py").write_text("import jmespath\nimport json\nfrom botocore.exceptions import ClientError\n")
    preloading = Preloading()
    preloading.add(tmp_path, ["app.handler"])
    while preloading.unfinished:
        preloading.step()
    seconds = preloading.measured()
    assert {"jmespath", "botocore.exceptions", "botocore.exceptions.ClientError"} <= set(seconds)
    assert not {"json", "simplejson", "botocore.client"} & set(seconds), "the functions do not name them"
    assert all(each >= 0 for each in seconds.values())
    assert preloading.measured() == {}


def test_a_module_that_is_missing_was_not_measured(tmp_path):
    (tmp_path / "app.py").write_text("import botocore.nothing_of_the_kind\n")
    preloading = Preloading()
    preloading.add(tmp_path, ["app.handler"])
    while preloading.unfinished:
        preloading.step()
    assert "botocore.nothing_of_the_kind" not in preloading.measured()
