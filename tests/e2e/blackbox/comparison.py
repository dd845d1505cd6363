"""What two exporters answered to one case, and whether that is the same."""

import dataclasses
import difflib
import re

from . import differences
from .page import EXPOSITION, Page

DEBUG = re.compile(r"^Logs for the probe:\n(?P<logs>.*?)\n*^Metrics that would have been returned:\n"
                   r"(?P<metrics>.*?)\n*^Module configuration:\n(?P<module>.*)\Z", re.S | re.M)


@dataclasses.dataclass
class Answer:
    status: int
    content_type: str
    body: bytes  # decoded
    encoding: str = ""  # Content-Encoding

    def text(self):
        return self.body.decode("utf-8", "backslashreplace")


@dataclasses.dataclass
class Finding:
    """equal, different or deliberate; stale: equal though the case says that it is not."""
    case: object
    kind: str
    diff: str = ""
    additions: tuple = ()
    page: tuple = ()  # lines of theirs, for who wants to know what it does


class Reading:
    """An answer, split into its page of metrics and the lines around it."""

    def __init__(self, answer, case):
        self.page = None
        self.rest = [] if "status" in case.differs else [f"status: {answer.status}"]
        if "content-type" not in case.differs:
            self.rest.append(f"content type: {answer.content_type}")
            self.rest.append(f"content encoding: {answer.encoding or 'none'}")
        text = answer.text()
        for part in case.present:
            self.rest.append(f"contains {part!r}: {part in text}")
        for part in case.absent:
            self.rest.append(f"lacks {part!r}: {part not in text}")
        if "body" not in case.differs:
            self._read(answer, text)
        if self.page:
            self.page.drop(case.untold)

    def _read(self, answer, text):
        debug = DEBUG.match(text)
        if debug:
            self.rest.append("logs: " + ("some" if debug["logs"].strip() else "none"))
            self.rest.append("module: " + ("some" if debug["module"].strip() else "none"))
            self.page = Page(debug["metrics"] + "\n")
        elif EXPOSITION.match(answer.content_type) and answer.status == 200:
            self.page = Page(text)
        else:
            self.rest += [f"body: {line}" for line in text.splitlines()]

    def lines(self, case):
        return self.rest + (self.page.lines(case.slow) if self.page else [])


def unified(theirs, ours):
    return "\n".join(difflib.unified_diff(theirs, ours, "blackbox_exporter", "rampart", lineterm="", n=2))


def compare(case, theirs, ours):
    plain = [Reading(a, dataclasses.replace(case, differs=())) for a in (theirs, ours)]
    read = [Reading(a, case) for a in (theirs, ours)]
    additions = []
    for pair in (plain, read):
        if pair[0].page and pair[1].page:
            additions = differences.take_additions(pair[1].page, pair[0].page)
    for reading in read:
        if reading.page:
            reading.page.drop(case.differs)
    page = tuple(plain[0].lines(case))
    diff = unified(*(r.lines(case) for r in read))
    kind = "different" if diff else "equal"
    if case.deliberate and not diff:
        kind = "deliberate" if page != tuple(plain[1].lines(case)) else "stale"
        diff = "" if kind == "deliberate" else f"equal, though it says: {case.deliberate}"
    return Finding(case, kind, diff, tuple(additions), page)
