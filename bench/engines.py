"""One run of an IDS engine over a capture, with one packet thread and only alerts written.

Each engine takes a capture and a file of rules, or None, and returns a Reading. It raises
peers.Rejected where the run failed.
"""

import dataclasses
import json
import os
import re
import tempfile

import peers

LIMIT = 1800  # seconds, for one run

# What Debian's package sets, with alerts as the only output. A later word replaces an earlier one.
CONFIGURATION = """%YAML 1.1
---
include: /etc/suricata/suricata.yaml
stats:
  enabled: no
outputs:
  - eve-log:
      enabled: yes
      filetype: regular
      filename: eve.json
      types:
        - alert
"""


@dataclasses.dataclass(frozen=True)
class Reading:
    cpu: float    # seconds, user and system, of the whole process
    peak: int     # bytes
    packets: int
    rules: int    # loaded
    alerts: int   # lines of EVE


def count_alerts(path):
    if not os.path.exists(path):
        return 0
    with open(path, encoding="utf-8", errors="replace") as lines:
        return sum(json.loads(line)["event_type"] == "alert" for line in lines)


def suricata(capture, rules):
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder:
        with open(f"{folder}/suricata.yaml", "w", encoding="utf-8") as file:
            file.write(CONFIGURATION)
        output = peers.timed(
            ["suricata", "-c", f"{folder}/suricata.yaml", "--runmode", "single", "-k", "none",
             "--set", "vars.address-groups.HOME_NET=any", "--set", "vars.address-groups.EXTERNAL_NET=any",
             "-S", rules or os.devnull, "-r", capture, "-l", folder], LIMIT)
        if output.code != 0:
            raise peers.Rejected(f"suricata ended with {output.code}: {output.complaint.strip()[-300:]}")
        told = output.text + output.complaint
        if os.path.exists(f"{folder}/suricata.log"):
            with open(f"{folder}/suricata.log", encoding="utf-8", errors="replace") as log:
                told += log.read()
        packets = re.search(r"read 1 file, (\d+) packets", told)
        if not packets:
            raise peers.Rejected("suricata does not say how many packets it read")
        loaded = re.search(r"(\d+) rules successfully loaded", told)
        return Reading(output.cpu, output.peak, int(packets.group(1)), int(loaded.group(1)) if loaded else 0,
                       count_alerts(f"{folder}/eve.json"))


def rampart(capture, rules):
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder:
        output = peers.timed(
            [peers.program(), "sniff", "-r", capture, *(["-S", rules] if rules else []), "-k", "none",
             "--eve", f"{folder}/eve.json", "--eve-types", "alert", "--stats", f"{folder}/stats.json", "--quiet"],
            LIMIT)
        if output.code != 0:
            raise peers.Rejected(f"rampart ended with {output.code}: {output.complaint.strip()[-300:]}")
        with open(f"{folder}/stats.json", encoding="utf-8") as file:
            stats = json.load(file)
        return Reading(output.cpu, output.peak, stats["capture"]["packets"], stats["detect"]["rules_loaded"],
                       count_alerts(f"{folder}/eve.json"))
