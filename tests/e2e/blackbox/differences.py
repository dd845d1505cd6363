"""Where rampart's exporter may answer otherwise than prometheus-blackbox-exporter 0.23; docs/blackbox.md has it as a table."""

import fnmatch

# Families that rampart may have on a page where 0.23 has none of that name: glob -> why.
ADDED_FAMILIES = {
    "probe_timeout_seconds": "as newer versions: how long the probe was allowed to take",
    "probe_tls_cipher_info": "as newer versions: the cipher suite that was agreed upon",
    "probe_expect_info": "as newer versions: labels made from what a TCP service said",
    "probe_failure_info": "why a probe failed, in a word of a fixed list",
    "probe_tcp_duration_seconds": "the phases of a TCP probe",
    "rampart_exporter_*": "how many probes run, were refused, and ended by what reason",
}
# The same, but only on the page of a probe that failed: 0.23 has them on success alone.
ADDED_ON_FAILURE = {
    "probe_ssl_*": "a certificate is described also where it was refused: that is when it is looked for",
    "probe_tls_version_info": "as for the certificate",
}
# Labels that rampart may have where 0.23 has none of that name: (family, label) -> why.
ADDED_LABELS = {
    ("probe_ssl_last_chain_info", "serialnumber"): "as newer versions",
}
# Options of the command line that the comparison does not try: what differs -> why.
OPTIONS = {
    "`--log.prober` is there": "as newer versions: probes are logged whatever `--log.level` is; failures are warnings, where newer "
                               "versions have errors, since the exporter itself is in order",
    "`--log.level` is `warn` where nothing is said, and logs no steps of probes": "what happens to targets is asked for by `--log.prober`",
    "`--log.format`, `--web.systemd-socket` are not there": "messages are plain text; sockets are the exporter's own",
}


def take_additions(ours, theirs):
    """Removes from the page `ours` what the lists above allow it to have beyond `theirs`; returns the names."""
    seen = []
    failed = ours.value("probe_success") == 0
    for name in [n for n in ours.families if n not in theirs.families]:
        globs = [*ADDED_FAMILIES, *(ADDED_ON_FAILURE if failed else ())]
        if any(fnmatch.fnmatchcase(name, glob) for glob in globs):
            del ours.families[name]
            seen.append(name)
    for name, label in ADDED_LABELS:
        mine, other = ours.families.get(name), theirs.families.get(name)
        if not mine or not other or any(label in dict(key) for key in other.series):
            continue
        without = {tuple(p for p in key if p[0] != label): value for key, value in mine.series.items()}
        if without.keys() != mine.series.keys() and len(without) == len(mine.series):
            mine.series = without
            seen.append(f"{name}{{{label}}}")
    return seen


def table(cases):
    """The lists above and what the cases say, as a table of Markdown."""
    rows = [(f"`{name}` may be added", why) for name, why in ADDED_FAMILIES.items()]
    rows += [(f"`{name}` may be added where the probe failed", why) for name, why in ADDED_ON_FAILURE.items()]
    rows += [(f"`{name}` may have the label `{label}`, too", why) for (name, label), why in ADDED_LABELS.items()]
    rows += OPTIONS.items()
    told = {}
    for case in cases:
        if case.deliberate:
            told.setdefault((case.deliberate, getattr(case, "differs", ("--config.check",))), []).append(case.name)
    rows += [(f"{', '.join(f'`{d}`' for d in differs)} differs in: {', '.join(names)}", why)
             for (why, differs), names in told.items()]
    return "\n".join(["| difference | reason |", "|---|---|", *(f"| {what} | {why} |" for what, why in rows)]) + "\n"
