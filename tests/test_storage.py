"""Files: kept once under their digest, readable again, missing ones said in words."""

from __future__ import annotations

import hashlib

import pytest

from crm import storage
from crm.errors import NotFound


def test_bytes_come_back(tmp_path):
    digest = storage.store(tmp_path, b"contract")
    assert digest == hashlib.sha256(b"contract").hexdigest()
    assert storage.load(tmp_path, digest) == b"contract"


def test_the_same_bytes_are_kept_once(tmp_path):
    storage.store(tmp_path, b"contract")
    storage.store(tmp_path, b"contract")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_lost_file_is_said_in_words(tmp_path):
    with pytest.raises(NotFound, match="备份"):
        storage.load(tmp_path, "0" * 64)
