"""What must hold before anything is started."""

import socket
import stat
import subprocess

import pytest

from dam.errors import Conflict, Unavailable
from dam.serve import ground, logs, programs
from dam.settings import from_environment


@pytest.fixture
def settings(tmp_path):
    settings = from_environment({"DAM_DATA_DIR": str(tmp_path / "data")})
    yield settings
    ground.clear_run_folder(settings)


def test_the_data_folder_is_private_even_when_it_was_there_already(settings):
    settings.data_dir.mkdir(mode=0o755)
    ground.make_folders(settings)
    inside = [settings.run_dir, settings.data_dir / "redis", settings.data_dir / "logs"]
    for folder in (settings.data_dir, *inside):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_second_supervisor_of_the_same_data_folder_is_told_where_the_first_is(settings):
    ground.make_folders(settings)
    with ground.claim(settings), pytest.raises(Conflict, match=r"running already: http://127\.0\.0\.1:8000"):
        ground.claim(settings)
    ground.claim(settings).close()  # free again


def test_a_port_that_is_taken_is_refused_with_its_number(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = from_environment({"DAM_DATA_DIR": str(tmp_path), "DAM_PORT": str(port)})
        with pytest.raises(Unavailable, match=f"Port {port} of 127.0.0.1 is taken"):
            ground.listen(settings)


def test_the_body_of_an_answer_does_not_wait_for_its_head_to_be_confirmed(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = from_environment({"DAM_DATA_DIR": str(tmp_path), "DAM_PORT": str(port)})
    with ground.listen(settings) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_of_another_machine_is_refused(tmp_path):
    settings = from_environment({"DAM_DATA_DIR": str(tmp_path), "DAM_BIND": "192.0.2.1"})
    with pytest.raises(Unavailable, match="an address of this machine"):
        ground.listen(settings)


def test_only_left_overs_of_the_same_data_folder_are_ended(settings, tmp_path):
    mine = subprocess.Popen(["sleep", "1000"], env={ground.MARK: str(settings.data_dir)})
    others = subprocess.Popen(["sleep", "1000"], env={ground.MARK: str(tmp_path / "another")})
    unmarked = subprocess.Popen(["sleep", "1000"])
    try:
        assert ground.end_leftovers(settings, patience=0.0) == 1
        assert mine.wait(10) != 0
        assert others.poll() is None
        assert unmarked.poll() is None
    finally:
        for process in (mine, others, unmarked):
            process.kill()
            process.wait()


def test_a_log_that_grew_too_large_is_kept_aside_and_its_writer_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "LIMIT", 10)
    with logs.open_log(tmp_path, "web") as writer:
        for line in (b"the first line\n", b"the second line\n", b"short\n"):
            writer.write(line)
            logs.rotate(tmp_path)
    assert (tmp_path / "web.log").read_text() == "short\n"
    assert (tmp_path / "web.log.1").read_text() == "the second line\n"
    assert (tmp_path / "web.log.2").read_text() == "the first line\n"


def test_the_private_redis_listens_on_no_port_and_forgets_nothing(settings):
    words = programs.redis(settings).argv
    asked = dict(zip(words[1::2], words[2::2], strict=True))
    assert asked["--port"] == "0"
    assert asked["--unixsocketperm"] == "700"
    assert asked["--appendonly"] == "yes"
    assert asked["--maxmemory-policy"] == "noeviction"


def test_one_worker_never_takes_video(settings):
    lanes = [program.argv[-1] for program in programs.workers(settings)]
    assert lanes == ["interactive,photos", "interactive,photos,video"]
