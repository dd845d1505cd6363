"""A running exporter, theirs or ours, and how it is asked."""

import gzip
import http.client
import os
import pathlib
import shutil
import subprocess
import urllib.parse

import lab

from .comparison import Answer

# Binds a hosts file and a resolv.conf of the laboratory's over the system's, for this process alone.
IN_OWN_NAMES = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                'mount --bind "$0" /etc/hosts && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"']


def theirs():
    """The command of prometheus-blackbox-exporter; None where there is none."""
    program = os.environ.get("BLACKBOX_EXPORTER") or shutil.which("prometheus-blackbox-exporter")
    return [program] if program else None


def ours():
    return [lab.RAMPART, "exporter"]


def environment():
    """Without proxies and other roots of trust: both sides see the same of it."""
    unwanted = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir", "resolv_")
    return {k: v for k, v in os.environ.items() if not k.lower().startswith(unwanted)}


class Exporter:
    """Started with a configuration file; ends with stop(). `own_names` needs root."""

    def __init__(self, command, config, *flags, own_names=False, prefix=""):
        self.config = pathlib.Path(config)
        self.port = lab.free_port()
        self.prefix = prefix
        self.log = self.config.with_name(f"{self.config.stem}.{self.port}.log")
        words = [*command, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{self.port}", *flags]
        if own_names:
            folder = self.config.parent
            words = [*IN_OWN_NAMES, folder / "hosts", folder / "resolv.conf", *words]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(list(map(str, words)), stdout=log, stderr=log, env=environment())

    def ready(self):
        """Waits until it answers; false where it ended instead."""

        def answers():
            return self.process.poll() is not None or self._healthy()

        lab.wait_until(answers, "the exporter")
        return self.process.poll() is None

    def _healthy(self):
        return self.ask(f"{self.prefix}/-/healthy").status in (200, 401)

    def said(self):
        return self.log.read_text(errors="replace")

    def ask(self, path, query=None, method="GET", headers=None):
        """`query` is a dict, or a string that is already encoded."""
        if query:
            path += "?" + (query if isinstance(query, str) else urllib.parse.urlencode(query))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=lab.DEADLINE)
        try:
            connection.request(method, path, headers=headers or {})
            reply = connection.getresponse()
            body = reply.read()
        except (http.client.HTTPException, OSError) as error:
            return Answer(0, "", f"no answer: {type(error).__name__}".encode())
        finally:
            connection.close()
        encoding = reply.headers.get("Content-Encoding", "")
        kind = ", ".join(reply.headers.get_all("Content-Type") or [])
        return Answer(reply.status, kind, gzip.decompress(body) if encoding == "gzip" and body else body, encoding)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def check(command, config):
    """Exit code and words of --config.check."""
    done = subprocess.run([*command, f"--config.file={config}", "--config.check"], capture_output=True, text=True,
                          errors="replace", timeout=lab.DEADLINE, env=environment(), check=False)
    return done.returncode, done.stdout + done.stderr
