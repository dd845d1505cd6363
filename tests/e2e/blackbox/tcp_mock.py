"""TCP services that follow a script of lines, a step after the other; see SCRIPTS."""

import contextlib
import time

from faulty import reset

from .http_mock import PATIENCE, wait_for_end

# Steps: ("say", bytes), ("hear", prefix of the peer's line; another line ends it), ("tls", name of the server's
# certificate), ("wait", seconds), ("reset",), ("stay",): until the peer ends. At the end of a script it closes.
GREETING = b"220 mx.test ESMTP ready\r\n"
EHLO = b"250-mx.test\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 HELP\r\n"


def starttls(certificate):
    return [("say", GREETING), ("hear", b"EHLO prober"), ("say", EHLO), ("hear", b"STARTTLS"),
            ("say", b"220 go ahead\r\n"), ("tls", certificate), ("hear", b"EHLO prober"), ("say", b"250-mx.test\r\n250 AUTH\r\n"),
            ("hear", b"QUIT"), ("say", b"221 bye\r\n")]


SCRIPTS = {
    "ssh": [("say", b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"), ("stay",)],
    "ssh_client": [("say", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), ("hear", b"SSH-2.0-blackbox-ssh-check"),
                   ("say", b"all is well\r\n")],
    "smtp": [("say", GREETING), ("hear", b"EHLO prober"), ("say", EHLO), ("hear", b"QUIT"), ("say", b"221 bye\r\n")],
    "smtp_tls": starttls("good"),
    "smtp_expired": starttls("expired"),
    "smtp_plain": [("say", GREETING), ("hear", b"EHLO prober"), ("say", b"250 mx.test\r\n"), ("stay",)],
    "smtp_no_tls": [("say", GREETING), ("hear", b"EHLO prober"), ("say", EHLO), ("hear", b"STARTTLS"),
                    ("say", b"220 go ahead\r\n"), ("say", b"this is not TLS\r\n" * 20)],
    "irc": [("hear", b"NICK prober"), ("hear", b"USER prober prober prober :prober"),
            ("say", b":irc.test NOTICE AUTH :*** Looking up your hostname\r\nPING :ABCD1234\r\n"),
            ("hear", b"PONG ABCD1234"), ("say", b":irc.test 001 prober :Welcome\r\n"), ("stay",)],
    "ftp": [("say", b"220 ready\r\n"), ("hear", b"AUTH TLS"), ("say", b"234 go ahead\r\n"), ("tls", "good"),
            ("hear", b"USER anonymous"), ("say", b"331 password\r\n"), ("stay",)],
    "imap": [("say", b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"), ("hear", b". STARTTLS"),
             ("say", b". OK begin\r\n"), ("tls", "good"), ("hear", b". LOGOUT"), ("say", b"* BYE\r\n. OK done\r\n")],
    "silent": [("stay",)],
    "closes": [],
    "resets": [("reset",)],
    "slow": [("wait", 0.3), ("say", b"220 at last\r\n"), ("stay",)],
    "many_lines": [("say", b"".join(b"line %d\n" % i for i in range(2000)) + b"the end\n"), ("stay",)],
    "cut_line": [("say", b"220 no line feed")],
    "half_line": [("say", b"220 no line feed"), ("stay",)],
    "long_line": [("say", b"x" * 70000 + b"\n220 ready\n"), ("stay",)],
    "nearly_long_line": [("say", b"x" * 60000 + b"\n220 ready\n"), ("stay",)],
    "bytes": [("say", bytes(range(1, 10)) + b"\xff\xfe\n220 ready\n"), ("stay",)],
    "other": [("say", b"500 not you\r\n"), ("stay",)],
    "echo": [("hear", b"first"), ("say", b"you said first\n"), ("hear", b"second"), ("say", b"you said second\n")],
    "tls_banner": [("tls", "good"), ("say", b"220 under TLS\r\n"), ("hear", b"QUIT"), ("say", b"221 bye\r\n")],
}


class Line:
    """A connection that is read in lines, and that may turn to TLS."""

    def __init__(self, connection, contexts):
        connection.settimeout(PATIENCE)
        self.connection = connection
        self._contexts = contexts
        self._pending = b""

    def run(self, script):
        for step, *words in script:
            if not getattr(self, "_" + step)(*words):
                return

    def _say(self, data):
        self.connection.sendall(data)
        return True

    def _hear(self, prefix):
        while b"\n" not in self._pending:
            data = self.connection.recv(4096)
            if not data:
                return False
            self._pending += data
        line, self._pending = self._pending.split(b"\n", 1)
        return line.startswith(prefix)

    def _tls(self, name):
        self.connection = self._contexts[name].wrap_socket(self.connection, server_side=True)
        return True

    @staticmethod
    def _wait(seconds):
        time.sleep(seconds)
        return True

    def _stay(self):
        wait_for_end(self.connection)
        return False

    def _reset(self):
        reset(self.connection)
        return False


def serve(script, contexts):
    """A serve() for faulty.Faulty that follows the script named so; `contexts` are the TLS contexts by name."""

    def handle(_, connection):
        line = Line(connection, contexts)
        with contextlib.suppress(OSError):
            line.run(SCRIPTS[script])
        with contextlib.suppress(OSError):
            line.connection.close()

    return handle
