"""python3 -m blackbox: the comparison by hand, from tests/e2e, with RAMPART in the environment."""

import argparse
import os
import pathlib
import re
import shlex
import sys
import tempfile

from . import exporter
from .driver import Driver, report


def main():
    parser = argparse.ArgumentParser(prog="python3 -m blackbox", description=__doc__)
    parser.add_argument("--only", metavar="REGEXP", default="", help="only the cases whose name this matches")
    parser.add_argument("--ours", metavar="COMMAND", help="the exporter to look at (default: $RAMPART exporter)")
    parser.add_argument("--theirs", metavar="COMMAND", help="the exporter to compare with")
    parser.add_argument("--itself", action="store_true", help="compare theirs with itself: everything must be equal")
    parser.add_argument("--show", action="store_true", help="print what theirs answered to each case, durations left out")
    options = parser.parse_args()
    theirs = shlex.split(options.theirs) if options.theirs else exporter.theirs()
    if theirs is None:
        parser.error("there is no prometheus-blackbox-exporter; name one by --theirs")
    ours = theirs if options.itself else shlex.split(options.ours) if options.ours else exporter.ours()
    only = re.compile(options.only)
    with tempfile.TemporaryDirectory(prefix="rampart-blackbox-") as folder:
        with Driver(pathlib.Path(folder), theirs, ours, os.geteuid() == 0, only.search) as driver:
            results = driver.run()
    if options.show:
        for finding in results.findings:
            print(f"=== {finding.case.name}", *finding.page, sep="\n")
    report(results, sys.stdout)
    return 1 if results.failures() else 0


if __name__ == "__main__":
    sys.exit(main())
