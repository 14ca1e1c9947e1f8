"""What the fixtures of source rules cannot say: settings, messages, fixes and edits."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from cumulo.guidelines.discovery import source_rules
from cumulo.guidelines.mending.python import replace_pieces
from cumulo.guidelines.source.reach import code_of

RULES = {rule.id: rule for rule in source_rules()}
FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture
def judge(tmp_path):
    def judged(rule, text, **settings):
        (tmp_path / "app.py").write_text(text)
        return list(RULES[rule](settings, False).check(code_of(tmp_path, ["app.handler"])))

    return judged


def mended(judge, text):
    replaces = [edit for finding in judge("SRC016", text) for edit in finding.edits]
    new, refused = replace_pieces(text, replaces)
    assert not refused
    ast.parse(new)
    return new


def test_a_secret_in_the_source_is_never_shown():
    secrets = ("swordfish-9", "f3Kq81zLwP0s7Tn2", "AKIAQ3EGRIKX5PWTBMZL", "S3cretWord", "hunter2", "correcthorse7")
    for kind in ("bad", "edge"):
        found = list(RULES["SRC015"]({}, False).check(code_of(FIXTURES / "SRC015" / kind, ["app.handler"])))
        assert found
        assert not [finding for finding in found for secret in (*secrets, "Tr0ub4dor") if secret in repr(finding)]


def test_a_secret_is_told_with_its_function_and_its_kind(judge):
    text = "class A:\n    def handler(self):\n        return 'AKIAQ3EGRIKX5PWTBMZL'\n\n\ndef handler(e, c): ...\n"
    [found] = judge("SRC015", text)
    assert found.subject == "app.py:A.handler"
    assert found.message == "a literal holds a secret (AWS Access Key)"


def test_factories_of_clients_can_be_set(judge):
    text = "import elastic\ndef handler(e, c):\n    elastic.connect()\n"
    assert judge("SRC001", text) == []
    assert [found.line for found in judge("SRC001", text, factories=["elastic.connect"])] == [3]


def test_words_for_caches_can_be_set(judge):
    text = "NOTES = {}\nPOOL = []\ndef handler(e, c):\n    NOTES[e] = c\n    POOL.append(e)\n"
    assert [found.line for found in judge("SRC002", text)] == [4]
    assert [found.line for found in judge("SRC002", text, caches=["notes"])] == [5]


def test_the_fix_of_a_log_call_is_for_its_logger(judge):
    text = (
        "import logging\nfrom aws_lambda_powertools import Logger\nold = logging.getLogger()\nnew = Logger()\n"
        "def handler(e, c):\n    old.info(f'{e}')\n    new.info(f'{e}')\n"
    )
    old, new = judge("SRC005", text)
    assert "extra=" in old.fix
    assert "extra=" not in new.fix


def test_lazily_formatted_logs_are_left_alone_where_the_logger_knows_nothing_else(judge):
    text = "from {} import {} as make\nlog = make('a')\ndef handler(e, c):\n    log.info('got %s', e)\n"
    assert judge("SRC005", text.format("logging", "getLogger")) == []
    assert len(judge("SRC005", text.format("aws_lambda_powertools", "Logger"))) == 1


def test_a_default_timeout_of_sockets_holds_for_the_standard_library(judge):
    text = (
        "import socket, urllib.request, requests\n{}\n"
        "def handler(e, c):\n    urllib.request.urlopen(e)\n    requests.get(e)\n"
    )
    assert [found.line for found in judge("SRC010", text.format(""))] == [4, 5]
    assert [found.line for found in judge("SRC010", text.format("socket.setdefaulttimeout(3)"))] == [5]


def test_an_adapter_of_ones_own_may_bring_a_timeout(judge):
    text = (
        "import requests\nfrom requests.adapters import HTTPAdapter\nfrom mine import Patient\n"
        "def make():\n    session = requests.Session()\n    session.mount('https://', {}())\n    return session\n"
        "session = make()\ndef handler(e, c):\n    session.get(e)\n"
    )
    assert [found.line for found in judge("SRC010", text.format("HTTPAdapter"))] == [10]
    assert judge("SRC010", text.format("Patient")) == []


def test_secrets_are_read_fresh_where_they_are_written(judge):
    text = (
        "import boto3\nclient = boto3.client('secretsmanager')\n"
        "def handler(e, c):\n    client.get_secret_value(SecretId=e['SecretId'])\n"
    )
    assert len(judge("SRC013", text)) == 1
    assert judge("SRC013", text + "    client.put_secret_value(SecretId=e['SecretId'])\n") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("datetime.utcnow().strftime('%Y')", "datetime.now(UTC).strftime('%Y')"),
        ("datetime.utcnow().date()", "datetime.now(UTC).date()"),
        ("datetime.utcnow().timestamp()", "datetime.now(UTC).timestamp()"),
        ("datetime.utcfromtimestamp(int(e['ä'])).year", "datetime.fromtimestamp(int(e['ä']), UTC).year"),
        ("datetime.utcfromtimestamp(1).weekday()", "datetime.fromtimestamp(1, UTC).weekday()"),
    ],
)
def test_times_are_mended_where_nothing_else_sees_the_difference(judge, before, after):
    text = f"from datetime import datetime\ndef handler(e, c):\n    return 'ü', {before}\n"
    new = mended(judge, text)
    assert f"return 'ü', {after}\n" in new
    assert "UTC" in new.splitlines()[0] + new.splitlines()[1]
    assert judge("SRC016", new) == []


@pytest.mark.parametrize(
    "kept",
    [
        "datetime.utcnow()",
        "datetime.utcnow().isoformat() + 'Z'",
        "datetime.utcnow().strftime('%H%z')",
        "datetime.utcnow().strftime(e)",
        "datetime.now().date()",
        "datetime.fromtimestamp(e).year",
        "datetime.utcnow() - e",
    ],
)
def test_times_that_others_compare_or_show_are_left_to_somebody(judge, kept):
    [found] = judge("SRC016", f"from datetime import datetime\ndef handler(e, c):\n    return {kept}\n")
    assert found.edits == ()


def test_a_name_that_is_taken_is_not_used(judge):
    text = (
        "from datetime import datetime\nimport pytz\nUTC = pytz.utc\ndef handler(e, c):\n    datetime.utcnow().date()\n"
    )
    [found] = judge("SRC016", text)
    assert found.edits == ()
