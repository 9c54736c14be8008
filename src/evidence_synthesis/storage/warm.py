"""A process that has a library loaded, from which pieces of work are forked: each begins at once instead of importing first.

One side (``keep``) listens on a socket that only its user can reach and forks for each request; the other (``hand_over``)
sends the request with its own output streams and waits for the exit code. Where there is no such process, or one of another
Python, ``hand_over`` says so and the work is done by whoever asked. For systems that have ``fork`` and leave imported
libraries usable after it (Linux).
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import selectors
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

AVAILABLE = sys.platform == "linux"
ADDRESS = "EVIDENCE_SYNTHESIS_WARM"  # of the environment: the socket, and the Python that listens
_LENGTH = struct.Struct("!Q")
_CODE = struct.Struct("!i")
_STREAMS = 2  # output and errors


def hand_over(request: object, environment: Mapping[str, str] = os.environ) -> int | None:
    """The exit code of a piece of work that the waiting process did; None where there is none that could.

    ``environment`` names that process (``kept``). One that ends before it answered has done nothing that counts: None, too.
    """
    address, _, python = environment.get(ADDRESS, "").partition("\n")
    if not address or python != sys.prefix:
        return None
    message = pickle.dumps((os.getcwd(), dict(os.environ), request))
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(address)
            sys.stdout.flush()
            sys.stderr.flush()
            socket.send_fds(line, [_LENGTH.pack(len(message))], [1, 2])
            line.sendall(message)
            answer = line.recv(_CODE.size)
        except OSError:
            return None
    return _CODE.unpack(answer)[0] if len(answer) == _CODE.size else None


@contextlib.contextmanager
def kept(command: list[str], environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Start a process that calls ``keep`` with the number after ``command``; gives the environment for those who ask it.

    The number is that of a socket on which it listens. The process ends with the block, or when the one that started it does.
    """
    if not AVAILABLE:
        yield environment
        return
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:  # only its user may look into it
        address = str(Path(folder) / "warm")
        with socket.socket(socket.AF_UNIX) as listener:  # from here on who asks waits for the process to be ready
            listener.bind(address)
            listener.listen()
            whole, passed = [*command, str(listener.fileno())], (listener.fileno(),)
            process = subprocess.Popen(whole, stdin=subprocess.PIPE, env=environment, pass_fds=passed)
        with process:
            try:
                yield {**environment, ADDRESS: f"{address}\n{sys.prefix}"}
            except BaseException:
                process.terminate()
                raise
            finally:
                if process.stdin is not None:
                    process.stdin.close()


def _nothing(*_: object) -> Iterable[object]:
    return ()


def keep(
    listening: int,
    load: Callable[[], Iterable[object]],
    work: Callable[[Any], int],
    after: Callable[[str, Any], Iterable[object]] = _nothing,
) -> None:
    """Load what the work needs, listen on a socket, and fork for each request until standard input ends.

    ``load`` goes on after its first step when somebody asks, so that it takes no processor from those who come to ask; between
    later ones requests that wait are begun. Such a piece of work imports by itself what it lacks.

    ``work`` takes the request in a process of its own, in the folder, environment and output of whoever asked, and gives the
    exit code. A piece of work whose asker goes away is ended. ``after`` takes the folder and request of one that ended well, in
    this process and in steps: what it loads is there for later ones. It has nobody's output.
    """
    signal.signal(signal.SIGTERM, _leave)
    with socket.socket(fileno=listening) as listener, selectors.DefaultSelector() as waiting:
        _Keeper(listener, waiting, work, after).serve(iter(load()))


def _leave(*_: object) -> None:
    raise SystemExit(1)


class _Keeper:
    """The pieces of work under way: for each, its process, the line to its asker, a pipe that ends when it does, and its request.

    ``spare`` are steps for when nobody asks.
    """

    def __init__(
        self,
        listener: socket.socket,
        waiting: selectors.BaseSelector,
        work: Callable[[Any], int],
        after: Callable[[str, Any], Iterable[object]],
    ) -> None:
        self.listener, self.waiting, self.work, self.after = listener, waiting, work, after
        self.running: dict[int, tuple[socket.socket, int, bytes]] = {}
        self.spare: deque[Iterator[object]] = deque()

    def serve(self, loading: Iterator[object]) -> None:
        self.waiting.register(self.listener, selectors.EVENT_READ, self._begin)
        self.waiting.register(0, selectors.EVENT_READ, None)
        try:
            next(loading, None)
            going = self._answer(None)
            self.spare.append(loading)
            while going:
                if self.spare and next(self.spare[0], self) is self:
                    self.spare.popleft()
                going = self._answer(0 if self.spare else None)
        except KeyboardInterrupt:
            return
        finally:
            for process in self.running:
                os.kill(process, signal.SIGTERM)

    def _answer(self, wait: float | None) -> bool:
        """Do what waits, or comes within so many seconds (None: whenever it comes); False where there is nothing more to come."""
        gc.freeze()  # what is loaded stays: looking through it would only copy its memory
        for key, _ in self.waiting.select(wait):
            if key.data is None:
                return False
            key.data()
        return True

    def _begin(self) -> None:
        line, _ = self.listener.accept()
        try:
            streams, request = _received(line)
        except (OSError, EOFError):  # the asker went away
            line.close()
            return
        ended, held = os.pipe()
        process = os.fork()
        if process == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self.waiting.close()
            for other in (self.listener, line, *(known for known, *_ in self.running.values())):
                other.close()
            os._exit(_done(streams, request, self.work))
        os.close(held)
        for stream in streams:
            os.close(stream)
        self.running[process] = line, ended, request
        self.waiting.register(ended, selectors.EVENT_READ, lambda: self._end(process))
        self.waiting.register(line, selectors.EVENT_READ, lambda: self._end(process, gone=True))

    def _end(self, process: int, gone: bool = False) -> None:
        if process not in self.running:  # both ends were seen at once
            return
        line, ended, request = self.running.pop(process)
        if gone:
            os.kill(process, signal.SIGTERM)
        _, status = os.waitpid(process, 0)
        with contextlib.suppress(OSError):
            line.sendall(_CODE.pack(os.waitstatus_to_exitcode(status)))
        for known in (ended, line):
            self.waiting.unregister(known)
        os.close(ended)
        line.close()
        if status == 0:
            folder, _, asked = pickle.loads(request)
            self.spare.appendleft(iter(self.after(folder, asked)))


def _received(line: socket.socket) -> tuple[list[int], bytes]:
    head, streams, _, _ = socket.recv_fds(line, _LENGTH.size, _STREAMS)
    try:
        if len(head) < _LENGTH.size or len(streams) < _STREAMS:
            raise EOFError
        left, parts = _LENGTH.unpack(head)[0], []
        while left:
            part = line.recv(min(left, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            left -= len(part)
    except (OSError, EOFError):
        for stream in streams:
            os.close(stream)
        raise
    return streams, b"".join(parts)


def _done(streams: list[int], message: bytes, work: Callable[[Any], int]) -> int:
    """Do a piece of work in this process, as its asker would; its exit code."""
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    for number, stream in enumerate(streams, 1):
        os.dup2(stream, number)
        os.close(stream)
    try:
        folder, environment, request = pickle.loads(message)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        return work(request)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    finally:
        for said in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                said.flush()
