"""Pages of the text exposition format, brought to a form in which two of them can be compared."""

import dataclasses
import fnmatch
import re

SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')
EXPOSITION = re.compile(r"^text/plain; version=0\.0\.4; charset=utf-8(; escaping=\w+)?$")
# Durations: two probes never take equally long. Nought stays nought: the phase did not happen.
DURATIONS = ("probe_duration_seconds", "probe_dns_lookup_time_seconds", "probe_http_duration_seconds",
             "probe_icmp_duration_seconds", "probe_dns_duration_seconds", "probe_grpc_duration_seconds",
             "probe_tcp_duration_seconds", "blackbox_exporter_config_last_reload_success_timestamp_seconds")
# Seconds. Modules may take 5 s where nothing ends a probe before: who waits that long is told from who does not.
LONG = 3.0


@dataclasses.dataclass
class Family:
    help: str = ""
    type: str = ""
    series: dict = dataclasses.field(default_factory=dict)  # tuple of (label, value), sorted -> value as text


class Page:
    """The families of one page, and the lines that no reader of the format would take."""

    def __init__(self, text):
        self.families = {}
        self.malformed = []
        if text and not text.endswith("\n"):
            self.malformed.append("the last line does not end")
        for line in text.splitlines():
            if line and not self._take(line):
                self.malformed.append(line)

    def _take(self, line):
        if line.startswith("#"):
            words = line.split(" ", 3)
            if len(words) < 4 or words[1] not in ("HELP", "TYPE"):
                return line.startswith("# ") and words[1] not in ("HELP", "TYPE")
            family = self.families.setdefault(words[2], Family())
            attribute = words[1].lower()
            if getattr(family, attribute) or family.series:
                return False  # twice, or after its samples
            setattr(family, attribute, words[3])
            return True
        match = SAMPLE.match(line)
        family = self.families.get(match.group(1)) if match else None
        if family is None or not family.type:
            return self._take_part(match)
        return self._add(family, match.group(2), match.group(3))

    def _take_part(self, match):
        """A sample of a histogram or a summary, which has its family's name and an ending."""
        name = match and re.sub(r"_(bucket|sum|count)$", "", match.group(1))
        family = self.families.get(name)
        if family is None or family.type not in ("histogram", "summary"):
            return False
        return self._add(family, f'{match.group(2) or ""}{"," if match.group(2) else ""}part="{match.group(1)}"',
                         match.group(3))

    @staticmethod
    def _add(family, labels, value):
        pairs = LABEL.findall(labels or "")
        if LABEL.sub("", labels or ""):
            return False
        key = tuple(sorted(pairs))
        if key in family.series:
            return False
        try:
            float(value)
        except ValueError:
            return False
        family.series[key] = value
        return True

    def value(self, name):
        """Of a series without labels; None where there is none."""
        family = self.families.get(name)
        return float(family.series[()]) if family and () in family.series else None

    def drop(self, globs):
        for name in [n for n in self.families if any(fnmatch.fnmatchcase(n, g) for g in globs)]:
            del self.families[name]

    def lines(self, slow):
        """The page in the order of names, durations without their value; `slow` as in Case."""
        out = [f"malformed: {line}" for line in self.malformed]
        for name, family in sorted(self.families.items()):
            out += [f"# HELP {name} {family.help}", f"# TYPE {name} {family.type}"]
            for labels, value in sorted(family.series.items()):
                series = name + ("{" + ",".join(f'{k}="{v}"' for k, v in labels) + "}" if labels else "")
                out.append(f"{series} {shown(name, series, value, slow)}")
        return out


def shown(name, series, value, slow):
    number = float(value)
    if name not in DURATIONS or number <= 0:
        return repr(number)
    if name.endswith("timestamp_seconds"):
        return "some time"
    least = slow.get(series, 0)
    return (f"> {least} s" if number > least else f"<= {least} s: {number}") + (f", > {LONG} s" if number > LONG else "")
