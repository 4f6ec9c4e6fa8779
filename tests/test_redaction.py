import pytest

from segmentlab.redaction import redact_text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("http://user:pw@host:5000/x", "http://***@host:5000/x"),
        ("no postgresql+psycopg://user:p/w@host/db now", "no postgresql+psycopg://***@host/db now"),
        ("mysql://user:p@ss@host/db", "mysql://***@host/db"),
        ("postgresql://host/db?user=me&password=pw&x=1", "postgresql://host/db?user=me&password=***&x=1"),
        ("https://token@host", "https://***@host"),
        ("sqlite:////folder/mlflow.db", "sqlite:////folder/mlflow.db"),
        ("models:/segments@champion", "models:/segments@champion"),
        ("mail me@home about http://host", "mail me@home about http://host"),
    ],
)
def test_passwords_are_taken_out_and_nothing_else(text, safe):
    assert redact_text(text) == safe
