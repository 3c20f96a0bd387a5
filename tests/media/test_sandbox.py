"""What the sandbox does about decoders that hang, crash, eat, lie or attack; and about its own death."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dam.media.limits import MIB, Limits
from dam.media.reasons import Reason, SandboxLost, Unreadable
from dam.media.recipes import standing
from dam.media.sandbox import Sandbox
from dam.media.visit import Visit
from tests.material import photo
from tests.media.conftest import ROOT

SHORT = Limits(photo_seconds=3, photo_memory=256 * MIB)
CLIP = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomavc1"


@pytest.fixture(scope="module")
def faulty() -> Iterator[Sandbox]:
    with Sandbox(limits=SHORT, room="tests.media.faulty_room") as started:
        yield started


@pytest.fixture
def order(faulty: Sandbox, tmp_path: Path, into: Path) -> Callable[..., Visit]:
    """Have the child of a faulty room do something; ``clip=True`` under a clip's rules instead of a
    photo's."""

    def _order(text: str, *, clip: bool = False, sandbox: Sandbox = faulty) -> Visit:
        path = tmp_path / "order"
        head = CLIP if clip else b"\xff\xd8\xff\xfe"
        path.write_bytes(head + b"ORDER " + text.encode() + b"\n")
        return sandbox.visit(path, (), into)

    return _order


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hang", Reason.TOO_SLOW),
        ("eat", Reason.TOO_MUCH_MEMORY),
        ("crash", Reason.DECODER_FAILED),
        ("babble", Reason.DECODER_FAILED),
        ("nonsense", Reason.DECODER_FAILED),
    ],
)
def test_a_decoder_out_of_control_is_stopped_and_its_facts_kept(
    order: Callable[..., Visit], text: str, reason: Reason
) -> None:
    with pytest.raises(Unreadable) as refused:
        order(text)
    assert refused.value.reason == reason
    if text != "babble":
        assert refused.value.facts is not None
        assert refused.value.facts.captured_at == "2026-05-01T10:20:30"
    assert order("sleep 0").warnings == ("slept 0",)


def test_a_child_cannot_name_files_it_did_not_make(order: Callable[..., Visit]) -> None:
    assert order("lie").made == ()


@pytest.mark.parametrize(
    "forbidden",
    ["read /etc/passwd", "read /proc/self/environ", "write /tmp/left-by-a-child", "list /", "socket", "door",
     "run /bin/true", "kill 1", "killparent", "leave"],
)  # fmt: skip
def test_a_photo_child_is_refused_everything_outside(order: Callable[..., Visit], forbidden: str) -> None:
    (told,) = order(f"attempt {forbidden}").warnings
    assert told.startswith("refused:")


@pytest.mark.parametrize(
    "forbidden",
    ["read /etc/passwd", "run cat /etc/passwd", "run ls /root", "write /tmp/left-by-a-child", "socket",
    "door", "killparent", "leave"],
)  # fmt: skip
def test_a_clip_child_and_its_programs_are_refused_everything_outside(
    order: Callable[..., Visit], forbidden: str
) -> None:
    (told,) = order(f"attempt {forbidden}", clip=True).warnings
    assert told.startswith("refused:")


def test_a_clip_child_may_run_programs_of_the_system(order: Callable[..., Visit]) -> None:
    (told,) = order("attempt run ffprobe -version", clip=True).warnings
    assert told.startswith("DONE: ffprobe version")


def test_a_child_inherits_no_secret_and_no_descriptor(
    order: Callable[..., Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAM_SECRET_KEY", "hush")
    with Sandbox(limits=SHORT, room="tests.media.faulty_room") as fresh:
        (environment,) = order("attempt environment", sandbox=fresh).warnings
        (descriptors,) = order("attempt descriptors", sandbox=fresh).warnings
    assert "hush" not in environment and "DAM_" not in environment
    assert descriptors == "DONE: [0, 1, 2, 3, 5]"  # silence, the original, the answer


def test_the_kernel_grants_what_the_report_says(sandbox: Sandbox) -> None:
    granted = {one.name: one.granted for one in sandbox.protections()}
    assert granted["resource-limits"] and granted["no-new-privileges"]
    assert granted["landlock-files"] == (_landlock() >= 1)


def _landlock() -> int:
    from dam.media import kernel

    return kernel.landlock_abi()


def test_many_askers_at_once_each_get_their_own_file(sandbox: Sandbox, tmp_path: Path) -> None:
    def ask(seed: int) -> tuple[Visit, Path]:
        folder = tmp_path / f"into-{seed}"
        folder.mkdir()
        size = (400 + seed, 300 + 2 * seed)
        path = photo(tmp_path / f"{seed}.jpg", size=size, seed=seed, taken=f"2026:05:01 10:20:{seed:02d}")
        return sandbox.visit(path, standing(), folder), folder

    with ThreadPoolExecutor(8) as pool:
        for seed, (visit, folder) in enumerate(pool.map(ask, range(24))):
            assert visit.facts.captured_at == f"2026-05-01T10:20:{seed:02d}"
            assert (visit.facts.width, visit.facts.height) == (400 + seed, 300 + 2 * seed)
            assert {made.path.parent for made in visit.made} == {folder}


def test_a_forked_work_horse_uses_the_same_warm_parent(sandbox: Sandbox, tmp_path: Path, into: Path) -> None:
    path = photo(tmp_path / "a.jpg")
    horses = []
    for number in range(4):
        folder = tmp_path / f"horse-{number}"
        folder.mkdir()
        pid = os.fork()
        if pid == 0:
            visit = sandbox.visit(path, standing(), folder)
            os._exit(0 if len(visit.made) == 3 else 1)
        horses.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in horses] == [0, 0, 0, 0]
    assert len(sandbox.visit(path, standing(), into).made) == 3


def test_a_visit_survives_the_death_of_the_warm_parent(order: Callable[..., Visit]) -> None:
    with Sandbox(limits=SHORT, room="tests.media.faulty_room") as mortal:
        first = mortal._process.pid
        killer = threading.Timer(0.7, os.kill, (first, signal.SIGKILL))
        killer.start()
        assert order("sleep 1.5", sandbox=mortal).warnings == ("slept 1.5",)
        killer.join()
        assert mortal._process.pid != first


def test_a_warm_parent_that_keeps_dying_is_said_and_is_not_the_files_fault(
    order: Callable[..., Visit],
) -> None:
    with Sandbox(limits=SHORT, room="tests.media.faulty_room") as mortal:
        stop = threading.Event()

        def kill_each() -> None:
            killed = None
            while not stop.wait(0.05):
                if mortal._process.pid != killed:
                    time.sleep(0.3)
                    killed = mortal._process.pid
                    os.kill(killed, signal.SIGKILL)

        killer = threading.Thread(target=kill_each)
        killer.start()
        with pytest.raises(SandboxLost):
            order("sleep 2.5", sandbox=mortal)
        stop.set()
        killer.join()
        assert order("sleep 0", sandbox=mortal).warnings == ("slept 0",)


def test_a_work_horse_that_finds_the_warm_parent_dead_starts_it_for_all(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg")
    with Sandbox() as mortal:
        os.kill(mortal._process.pid, signal.SIGKILL)
        mortal._process.wait()
        pid = os.fork()
        if pid == 0:
            mortal.visit(path, (), tmp_path)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        door = mortal._folder / "door"
        before = door.stat().st_ino
        assert mortal.visit(path, (), tmp_path).facts.camera_make == "TestCam"
        assert door.stat().st_ino == before


def test_nothing_is_left_when_the_worker_is_killed(tmp_path: Path) -> None:
    script = (
        "import time; from dam.media.sandbox import Sandbox\n"
        "s = Sandbox(); s.start(); print(s._process.pid, s._folder, flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment, text=True
    )
    assert worker.stdout
    pid, folder = worker.stdout.readline().split()
    worker.kill()
    worker.wait()
    worker.stdout.close()
    _wait_until(lambda: not Path(folder).exists() and not _alive(int(pid)))


def test_a_child_ends_when_its_asker_has_gone(faulty: Sandbox, tmp_path: Path, into: Path) -> None:
    path = tmp_path / "order"
    path.write_bytes(b"\xff\xd8\xff\xfeORDER hang\n")
    asker = os.fork()
    if asker == 0:
        faulty.visit(path, (), into)
        os._exit(0)
    _wait_until(lambda: _children(faulty._process.pid) != [])
    os.kill(asker, signal.SIGKILL)
    os.waitpid(asker, 0)
    _wait_until(lambda: _children(faulty._process.pid) == [])


def test_a_rendition_that_is_already_there_is_never_overwritten(
    sandbox: Sandbox, tmp_path: Path, into: Path
) -> None:
    (into / "thumb.jpg").write_bytes(b"another's")
    with pytest.raises(FileExistsError):
        sandbox.visit(photo(tmp_path / "a.jpg"), standing(), into)
    assert (into / "thumb.jpg").read_bytes() == b"another's"


@pytest.mark.parametrize("kind", ["fifo", "folder", "device"])
def test_what_is_no_regular_file_is_refused_without_waiting(
    sandbox: Sandbox, tmp_path: Path, into: Path, kind: str
) -> None:
    path = tmp_path / "thing"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path = Path("/dev/zero")
    with pytest.raises(Unreadable) as refused:
        sandbox.visit(path, standing(), into)
    assert refused.value.reason == Reason.UNKNOWN_FORMAT


def _wait_until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
