"""The function host's processes: live reload, crashes of its parts, and that nothing is left behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from tests.integration.local._functions import Lab, call


@pytest.fixture
async def lab(tmp_path):
    lab = Lab(tmp_path)
    yield lab
    await lab.stop()


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


async def gone(*pids: int) -> None:
    async with asyncio.timeout(10):
        while any(map(alive, pids)):
            await asyncio.sleep(0.01)


async def begun(lab) -> None:
    """Wait until the handler has printed ``began``: a worker is busy before it has taken its event."""
    async with asyncio.timeout(20):
        while "began" not in lab.recording.texts():
            await asyncio.sleep(0.01)


async def test_a_saved_file_is_live_on_the_next_call(lab):
    host = await lab.run("import helper\ndef handler(event, context): return helper.VALUE", host={"max_workers": 2})
    file = lab.project / "helper.py"
    for value in range(1, 6):
        file.write_text(f"VALUE = {value}")
        os.utime(file, (1_000_000_000, 1_000_000_000))  # same size, same second
        await host.reload([file])
        assert (await call(host))[1] == value


async def test_a_call_right_after_a_save_runs_the_new_code(lab):
    lab.write("VALUE = 100", "helper")
    host = await lab.run("import helper\ndef handler(event, context): return helper.VALUE", host={"max_workers": 2})
    assert (await call(host))[1] == 100
    file = lab.project / "helper.py"
    for value in range(101, 121):
        lab.write(f"VALUE = {value}", "helper")
        os.utime(file, (1_000_000_000, 1_000_000_000))  # same size, same time
        assert (await call(host))[1] == value


async def test_a_save_while_a_worker_starts(lab):
    host = await lab.run("print('read')\ntime.sleep(0.3)\ndef handler(event, context): return 'old'")
    host.warm("f")
    async with asyncio.timeout(10):
        while "read" not in lab.recording.texts():
            await asyncio.sleep(0.005)
    lab.write("def handler(event, context): return 'new'")
    assert (await call(host))[1] == "new"


async def test_a_save_of_a_module_that_is_imported_late(lab):
    lab.write("VALUE = 1", "late")
    host = await lab.run("def handler(event, context):\n    import late\n    return [late.VALUE, os.getpid()]")
    first = (await call(host))[1]
    assert (await call(host))[1] == first
    await asyncio.sleep(0.01)  # between two looks at the files
    lab.write("VALUE = 2", "late")
    assert (await call(host))[1][0] == 2


async def test_a_change_that_a_call_has_noticed_is_not_made_twice(lab):
    host = await lab.run("def handler(event, context): return os.getpid()")
    await call(host)
    lab.write("def handler(event, context): return os.getpid() # new")
    fresh = (await call(host))[1]
    await host.reload([lab.project / "app.py"])
    assert (await call(host))[1] == fresh


async def test_third_party_bytecode_is_kept(lab, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    packages = lab.project / ".venv" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "third_party.py").write_text("VALUE = 1")
    host = await lab.run(
        "import third_party\ndef handler(event, context): return third_party.VALUE",
        Environment={"Variables": {"PYTHONPATH": str(packages)}},
    )
    assert (await call(host))[1] == 1
    assert [file.name.split(".")[0] for file in lab.project.rglob("*.pyc")] == ["third_party"]


async def test_a_stale_cache_of_bytecode_is_not_read(lab):
    file = lab.project / "helper.py"
    file.write_text("VALUE = 1")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(lab.project)], check=True)
    assert list(lab.project.rglob("*.pyc"))
    file.write_text("VALUE = 2")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    host = await lab.run("import helper\ndef handler(event, context): return helper.VALUE")
    assert (await call(host))[1] == 2
    assert not list(lab.project.rglob("app*.pyc"))  # and none is written


async def test_a_busy_worker_ends_its_event_before_it_is_replaced(lab):
    host = await lab.run("def handler(event, context):\n    print('began')\n    time.sleep(0.3)\n    return 'old'")
    running = asyncio.create_task(call(host))
    await begun(lab)
    lab.write("def handler(event, context): return 'new'")
    await host.reload()
    assert (await call(host))[1] == "new"
    assert (await running)[1] == "old"
    assert (await call(host))[1] == "new"


async def test_a_save_while_all_workers_are_busy_starts_no_more_than_are_allowed(lab):
    host = await lab.run(
        "def handler(event, context):\n    print('began')\n    time.sleep(0.3)\n    return os.getpid()",
        host={"max_workers": 1},
    )
    running = asyncio.create_task(call(host))
    await begun(lab)
    lab.write("def handler(event, context): return os.getpid()")
    await host.reload()
    assert len(host.status()["f"].pids) == 1
    assert (await running)[1] != (await call(host))[1]


async def test_a_syntax_error_recovers_with_the_next_save(lab):
    host = await lab.run("def handler(event, context): return 1")
    await call(host)
    lab.write("def handler(event, context) return 1")
    await host.reload()
    assert (await call(host))[1]["errorType"] == "Runtime.UserCodeSyntaxError"
    lab.write("def handler(event, context): return 2")
    await host.reload()
    assert (await call(host))[1] == 2


async def test_reload_starts_a_fresh_worker_for_what_was_used_last(lab):
    host = await lab.run("def handler(event, context): return os.getpid()")
    (_, first) = await call(host)
    await host.reload()
    async with asyncio.timeout(10):
        while host.status()["f"].idle == 0:
            await asyncio.sleep(0.01)
    [fresh] = host.status()["f"].pids
    assert fresh != first
    assert (await call(host))[1] == fresh
    await gone(first)


async def test_changed_packages_start_the_zygote_anew(lab):
    host = await lab.run("def handler(event, context): return 1")
    await call(host)
    before = host.zygote_pid
    await host.reload([Path("/venv/lib/python3/site-packages/x.py")])
    assert (await call(host))[1] == 1
    assert host.zygote_pid != before
    await gone(before)


async def test_update_adds_changes_and_removes_functions(lab):
    lab.write("def handler(event, context): return os.environ.get('V')\ndef other(event, context): return 'other'")
    host = await lab.run_world(lab.world(f={"Handler": "app.handler"}, old={"Handler": "app.other"}))
    assert (await call(host))[1] is None
    assert (await call(host, function="old"))[1] == "other"
    old = host.status()["old"].pids
    changed = {"Handler": "app.handler", "Environment": {"Variables": {"V": "2"}}}
    await host.update(lab.world(f=changed, new={"Handler": "app.other"}))
    assert (await call(host))[1] == "2"
    assert (await call(host, function="new"))[1] == "other"
    assert sorted(host.status()) == ["f", "new"]
    await gone(*old)


async def test_a_killed_worker_is_replaced(lab):
    host = await lab.run("def handler(event, context): return os.getpid()")
    (_, first) = await call(host)
    os.kill(first, signal.SIGKILL)
    await gone(first)
    while host.status()["f"].idle:
        await asyncio.sleep(0.01)
    assert (await call(host))[1] != first


async def test_a_killed_zygote_is_replaced(lab):
    host = await lab.run(
        """
        def handler(event, context):
            if event:
                print("began")
                time.sleep(60)
            return "ok"
        """,
        Timeout=60,
    )
    await call(host)
    running = asyncio.create_task(call(host, 1))
    await begun(lab)
    workers, zygote = host.status()["f"].pids, host.zygote_pid
    os.kill(zygote, signal.SIGKILL)
    _, error = await running
    assert error["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert (await call(host))[1] == "ok"
    assert host.zygote_pid != zygote
    await gone(zygote, *workers)


async def test_a_zygote_killed_while_workers_start_delays_the_call_only(lab):
    host = await lab.run("time.sleep(0.3)\ndef handler(event, context): return 'ok'")
    running = asyncio.create_task(call(host))
    while not host.status()["f"].pids:
        await asyncio.sleep(0.01)
    os.kill(host.zygote_pid, signal.SIGKILL)
    assert (await running)[1] == "ok"


async def test_stop_lets_handlers_of_sigterm_run_and_leaves_no_process(lab):
    note = lab.project / "note"
    host = await lab.run(
        f"""
        def on_term(*_):
            open({str(note)!r}, "w").close()
            sys.exit(0)
        signal.signal(signal.SIGTERM, on_term)
        def handler(event, context):
            return [subprocess.Popen(["sleep", "1000"]).pid, os.getpid()]
        """,
        # Signals are seen between bytecodes, and a waiting runtime client runs none unless it waits in a thread.
        Runtime="python3.12",
    )
    (_, pids) = await call(host)
    zygote = host.zygote_pid
    await host.stop(grace=5)
    assert not [pid for pid in (*pids, zygote) if alive(pid)]
    assert note.exists()


HOST = """
import asyncio, json, sys
from pathlib import Path
from cumulo.local.functions.host import FunctionHost
from cumulo.local.world import Resource, World

class Nothing:
    def append(self, entry): pass

async def credentials(role): return {}

async def main():
    world = World("1", "eu-west-1", (Resource("s", "f", "AWS::Lambda::Function", "f", {"Handler": "app.handler"}),))
    host = FunctionHost(world, project=Path(sys.argv[1]), credentials=credentials, endpoints=dict, recorder=Nothing())
    await host.start()
    pids = json.loads((await host.invoke("f", b"null")).payload)
    print(json.dumps([*pids, host.zygote_pid]), flush=True)
    await asyncio.sleep(1000)

asyncio.run(main())
"""


async def test_nothing_outlives_a_killed_host(lab):
    lab.write(
        """
        def handler(event, context):
            child = subprocess.Popen(["sleep", "1000"])
            daemon = subprocess.run(["setsid", "-f", "sh", "-c", "echo $$; exec sleep 1000 >/dev/null"],
                                    stdout=subprocess.PIPE, text=True)
            return [child.pid, int(daemon.stdout), os.getpid()]
        """
    )
    host = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOST), str(lab.project)], stdout=subprocess.PIPE, text=True
    )
    with host:
        pids = json.loads(await asyncio.to_thread(host.stdout.readline))
        assert all(map(alive, pids))
        host.kill()
    await gone(*pids)


async def test_a_crash_loses_no_call_that_waits(lab):
    host = await lab.run(
        "def handler(event, context):\n    if event % 3 == 0: os._exit(1)\n    return event", host={"max_workers": 1}
    )
    answers = await asyncio.gather(*(call(host, number) for number in range(9)))
    assert [answer for _, answer in answers if isinstance(answer, int)] == [1, 2, 4, 5, 7, 8]


async def test_workers_without_work_are_ended_but_one(lab):
    host = await lab.run("def handler(event, context): time.sleep(0.2)", host={"idle_seconds": 0})
    await asyncio.gather(*(call(host) for _ in range(3)))
    pids = host.status()["f"].pids
    assert len(pids) == 3
    async with asyncio.timeout(20):
        while len(host.status()["f"].pids) > 1:
            await asyncio.sleep(0.05)
    await gone(*set(pids) - set(host.status()["f"].pids))


async def test_no_descriptor_is_left_open(lab):
    before = len(list(Path("/proc/self/fd").iterdir()))
    host = await lab.run("def handler(event, context): os._exit(1)")
    for _ in range(3):
        await call(host)
    await host.stop()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


async def test_stop_ends_calls_under_way_and_waiting(lab):
    host = await lab.run(
        "def handler(event, context):\n    print('began')\n    time.sleep(60)", host={"max_workers": 1}, Timeout=60
    )
    calls = [asyncio.create_task(call(host)) for _ in range(2)]
    await begun(lab)
    await host.stop(grace=0)
    first, second = await asyncio.gather(*calls, return_exceptions=True)
    assert "Runtime exited with error: signal" in first[1]["errorMessage"]
    assert isinstance(second, asyncio.CancelledError)
