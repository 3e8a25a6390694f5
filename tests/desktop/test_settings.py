from __future__ import annotations

from pathlib import Path

import pytest

from desktop.settings import RECENT_LIMIT, Settings, config_folder, write_whole


def test_values_survive_a_restart(tmp_path: Path) -> None:
    first = Settings(tmp_path / "deep" / "settings.json")
    first.set("keys", {"run": ["F5"]})
    first.save()
    assert Settings(first.path).get("keys", {}) == {"run": ["F5"]}


def test_value_of_another_kind_is_not_believed(settings: Settings) -> None:
    settings.set("recent", "not a list")
    assert settings.get("recent", []) == []
    assert settings.recent == []


@pytest.mark.parametrize("text", ["{", "[]", "", "\x00", "[" * 5000])
def test_damaged_file_is_put_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    assert Settings(path).get("operation", "none") == "none"
    assert path.with_suffix(".damaged").read_text() == text


def test_recent_files_newest_first_without_repeats(settings: Settings) -> None:
    for number in range(RECENT_LIMIT + 3):
        settings.used(f"/{number}.png")
    settings.used("/5.png")
    assert settings.recent[0] == "/5.png"
    assert len(settings.recent) == RECENT_LIMIT == len(set(settings.recent))
    settings.forgotten("/5.png")
    assert "/5.png" not in settings.recent


def test_presets_belong_to_their_operation(settings: Settings) -> None:
    settings.keep_preset("fill", "soft", {"patch": 3})
    settings.keep_preset("fill", "hard", {"patch": 9})
    assert settings.presets("fill") == {"soft": {"patch": 3}, "hard": {"patch": 9}}
    assert settings.presets("quilting") == {}
    settings.drop_preset("fill", "soft")
    assert list(settings.presets("fill")) == ["hard"]


def test_old_file_survives_a_failed_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_settings_that_cannot_be_written_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    settings = Settings(tmp_path / "file" / "settings.json")
    settings.set("a", 1)
    settings.save()
    assert settings.get("a", 0) == 1


def test_one_variable_moves_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SCUMBLE_HOME", str(tmp_path))
    assert config_folder() == tmp_path
