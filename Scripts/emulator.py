"""Runs a deployment zip under AWS's Runtime Interface Emulator, in a place as bare as the one it will be deployed to."""

import ctypes
import glob
import http.client
import os
import platform
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INVOCATIONS = "/2015-03-31/functions/function/invocations"


class EmulatorError(Exception):
    """Says why the function could not be run, and what to do next."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


class Emulator:
    """`with Emulator("build/OrderProjector.zip", "OrderProjector") as emulator: emulator.invoke(b"…")`"""

    def __init__(self, archive, handler, timeout=30, environment=None, forbids_tracing=False):
        self.archive, self.handler, self.timeout = archive, handler, timeout
        self.forbids_tracing = forbids_tracing
        self.environment = environment or {}
        self.isolation = None
        self._process = None
        self._written, self._lock = bytearray(), threading.Lock()

    def __enter__(self):
        self.root = tempfile.mkdtemp(prefix="emulator-")
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._process:
            # Its own process group and, where isolated, its own process namespace: nothing outlives this.
            for stop in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(self._process.pid, stop)
                    self._process.wait(timeout=3)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    continue
            self._process.wait()
            self._reader.join(timeout=3)
        shutil.rmtree(self.root, ignore_errors=True)

    def invoke(self, payload, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self.timeout + 30)
        try:
            connection.request("POST", INVOCATIONS, body=payload, headers={"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        except OSError as error:
            raise EmulatorError(f"the emulator did not answer ({error}); its log:\n{self.log}") from error
        finally:
            connection.close()

    def terminate(self):
        """Ends the emulator as `docker stop` would, which has it end the function; returns when it has."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(timeout=10)
        self._reader.join(timeout=3)

    @property
    def log(self):
        """All that has been written until now, what is still in the pipe included."""
        if self._process and not self._process.stdout.closed:
            self._take_output()
        return self._written.decode(errors="replace")

    def _start(self):
        with zipfile.ZipFile(self.archive) as archive:
            self.is_static = not any(name.startswith("lib/") for name in archive.namelist())
            task = self._unpack(archive)
        self._port, runtime_port = free_port(), free_port()
        command = self._command(task) + [
            "--runtime-interface-emulator-address", f"127.0.0.1:{self._port}",
            "--runtime-api-address", f"127.0.0.1:{runtime_port}",
            self._bootstrap, self.handler,
        ]
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self.timeout),
            "AWS_LAMBDA_FUNCTION_NAME": self.handler,
            "AWS_REGION": "eu-central-1",
            **self.environment,
        }
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, start_new_session=True,
                                         preexec_fn=forbid_tracing if self.forbids_tracing else None)
        os.set_blocking(self._process.stdout.fileno(), False)
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self._wait_until_up()

    def _unpack(self, archive):
        task = os.path.join(self.root, "var", "task")
        archive.extractall(task)
        for entry in archive.infolist():
            if not entry.is_dir():
                os.chmod(os.path.join(task, entry.filename), (entry.external_attr >> 16) & 0o777)
        return task

    def _command(self, task):
        """How the emulator is started: as isolated as this machine lets us."""
        namespaces = usable_namespaces()
        if namespaces is None:
            self.isolation = "beside the machine's own files (no unshare here)"
            self._bootstrap = os.path.join(task, "bootstrap")
            self.environment = {"LAMBDA_TASK_ROOT": task, **self.environment}
            return [emulator_binary()]
        if self.is_static:
            # A root with the function and the emulator and nothing else: no libc, no shell, no /etc. The kernel's own
            # /proc is mounted, as it is on Lambda: libdispatch ends a process that cannot see its threads there.
            self.isolation = "in an empty root"
            self._bootstrap = "/var/task/bootstrap"
            self.environment = {"LAMBDA_TASK_ROOT": "/var/task", **self.environment}
            shutil.copy2(emulator_binary(), os.path.join(self.root, "emulator"))
            # The emulator opens /dev/null for its child's standard input; an empty file reads the same as the device.
            for folder in ("tmp", "dev", "proc"):
                os.mkdir(os.path.join(self.root, folder))
            # For Managed Instances it starts the function as another user.
            os.chmod(self.root, 0o755)
            os.chmod(os.path.join(self.root, "tmp"), 0o1777)
            open(os.path.join(self.root, "dev", "null"), "wb").close()
            # Debian keeps chroot where a plain user's PATH does not look.
            chroot = shutil.which("chroot", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
            enter = 'mount -t proc proc "$1/proc" && exec "$0" "$@"'
            return [*namespaces, "sh", "-c", enter, chroot, self.root, "/emulator"]
        # The launcher is a shell script, which Amazon Linux runs with its own shell; so the machine's files stay, with
        # /var/task laid over them in a mount namespace of our own.
        self.isolation = "in /var/task"
        self._bootstrap = "/var/task/bootstrap"
        self.environment = {"LAMBDA_TASK_ROOT": "/var/task", **self.environment}
        overlay = 'mount -t tmpfs none /var && mkdir /var/task && mount --bind "$0" /var/task && cd /var/task && exec "$@"'
        return [*namespaces, "sh", "-c", overlay, task, emulator_binary()]

    def _read_log(self):
        is_open = True
        while is_open:
            select.select([self._process.stdout], [], [])
            is_open = self._take_output()

    def _take_output(self):
        """Takes what is in the pipe, and says whether more may come."""
        with self._lock:
            while True:
                try:
                    piece = os.read(self._process.stdout.fileno(), 65536)
                except BlockingIOError:
                    return True
                if not piece:
                    return False
                self._written += piece

    def _wait_until_up(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise EmulatorError(f"the emulator did not start; its log:\n{self.log}")


def usable_namespaces():
    """The command prefix that gives a process its own mounts and process ids, if this machine permits one."""
    common = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    for prefix in (common, [*common, "--user", "--map-root-user"]):
        try:
            if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
                return prefix
        except FileNotFoundError:
            return None
    return None


# Of linux/filter.h, linux/seccomp.h and linux/audit.h.
LOAD, EQUALS, RETURN = 0x20, 0x15, 0x06
ALLOW, NOT_PERMITTED = 0x7FFF0000, 0x00050001
# By machine: its number in an audit, and of the calls ptrace, process_vm_readv and process_vm_writev.
TRACING = {"x86_64": (0xC000003E, 101, 310, 311), "aarch64": (0xC00000B7, 117, 270, 271)}


def forbid_tracing():
    """From here on neither this process nor its children may trace a process or read another's memory."""
    audit, *calls = TRACING[platform.machine()]
    rules = [(LOAD, 0, 0, 4), (EQUALS, 1, 0, audit), (RETURN, 0, 0, ALLOW), (LOAD, 0, 0, 0)]
    rules += [(EQUALS, len(calls) - index, 0, call) for index, call in enumerate(calls)]
    rules += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, NOT_PERMITTED)]
    code = b"".join(struct.pack("<HBBI", *rule) for rule in rules)
    code_buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("<H6xQ", len(rules), ctypes.addressof(code_buffer))
    system = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_filter = (38, 1, 0, 0, 0), (22, 2, ctypes.create_string_buffer(program, len(program)))
    if system.prctl(*no_new_privileges) or system.prctl(*set_filter):
        raise OSError(ctypes.get_errno(), "the kernel takes no system call filter")


def emulator_binary():
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    found = glob.glob(f"{ROOT}/.build/venv/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}")
    if not found:
        raise EmulatorError("the Runtime Interface Emulator is not installed here. Run Scripts/setup.sh.")
    return found[0]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
