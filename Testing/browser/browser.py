"""Chromium without a window, spoken to over its own pipe (Chrome DevTools Protocol): nothing to install beside it."""

import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 60.0


def chromium():
    """Where it is; None where it is not."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Tab:
    """One page in one browser; what it asked for, and what it complained of."""

    def __init__(self, to, of, process):
        self._to, self._of, self._process = to, of, process
        self._number, self._buffer, self.events, self._session = 0, b"", [], None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log", "Security"):
            self.send(f"{domain}.enable")

    def send(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer.get("error"))
                return answer["result"]
            self.events.append(answer)
        raise TimeoutError(method)

    def _next(self):
        while b"\0" not in self._buffer:
            content = os.read(self._of, 1 << 16)
            assert content, "the browser ended"
            self._buffer += content
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def open(self, address):
        self.events.clear()
        self.send("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def until(self, event):
        """Wait for an event that no script of the page has a part in."""
        while not any(each.get("method") == event for each in self.events):
            self.events.append(self._next())

    def wait(self, condition):
        ends = time.monotonic() + PATIENCE
        while not self.evaluate(condition):
            assert time.monotonic() < ends, condition
            time.sleep(0.05)

    def evaluate(self, expression):
        """The value of an expression in the page; a promise is waited for."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def size(self, width, height):
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def prefers(self, theme):
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def requests(self):
        """The address of everything that was asked for."""
        return [
            event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self):
        """What was written to the console, thrown, or forbidden by the page's policy."""
        return [
            event["params"]
            for event in self.events
            if event["method"] in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled")
            or (event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error")
        ]


@contextmanager
def tab(folder):
    """A fresh browser whose profile lies in `folder`."""
    to_read, to_write = os.pipe()
    of_read, of_write = os.pipe()

    def take_three_and_four():
        # Two steps: an end may itself be 3 or 4.
        first, second = os.dup(to_read), os.dup(of_write)
        while first in (3, 4):
            first = os.dup(first)
        while second in (3, 4):
            second = os.dup(second)
        os.dup2(first, 3)
        os.dup2(second, 4)

    process = subprocess.Popen(
        [
            chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--remote-debugging-pipe", f"--user-data-dir={folder}", "--disable-background-networking",
        ],
        close_fds=False, preexec_fn=take_three_and_four, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(to_read)
    os.close(of_write)
    try:
        yield Tab(to_write, of_read, process)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(to_write)
        os.close(of_read)
