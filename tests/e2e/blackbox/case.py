"""One question to both exporters."""

import dataclasses
import textwrap

# $names in a module, a target, a query, headers and a path are the laboratory's: see laboratory.py. A dollar is $$.


@dataclasses.dataclass(frozen=True)
class Case:
    name: str  # unique; also the module's name, where there is one
    module: str = ""  # YAML of the module; empty: none is made
    target: str = ""  # of /probe; empty: the parameter is left out
    query: dict = dataclasses.field(default_factory=dict)  # further parameters, or other ones
    headers: dict = dataclasses.field(default_factory=dict)
    method: str = "GET"
    path: str = "/probe"
    # Series -> seconds: the part of the probe that the mock server drags out takes so long at least.
    slow: dict = dataclasses.field(default_factory=dict)
    live: bool = False  # needs root: raw sockets; or a hosts file of its own, also to keep a name off real name servers
    # Why rampart answers otherwise, on purpose, and where: globs of families, "status", "content-type", "body", or
    # "module" where it refuses the module when it reads it. What is not in `differs` must be equal all the same, and
    # where nothing differs the reason is stale: a failure.
    deliberate: str = ""
    differs: tuple = ()
    untold: tuple = ()  # families of which neither answer is looked at (the runtime's own)
    present: tuple = ()  # what both bodies contain, whatever else is in them
    absent: tuple = ()  # what neither body contains

# Options of a Case, and of module(), whose probe nothing but the time limit ends.
ENDLESS = {"timeout": "700ms", "slow": {"probe_duration_seconds": 0.6}}
# Why a module that blackbox_exporter takes, to fail with it at each probe, is refused.
USELESS = "what cannot work at any probe is refused when the file is read"


def useless():
    """Options of a Case whose module rampart does not take."""
    return {"deliberate": USELESS, "differs": ("module",)}


def module(prober, options="", timeout="5s", top=""):
    """YAML of a module: `options` are the lines of the prober's own section, `top` those beside it."""
    text = f"prober: {prober}\ntimeout: {timeout}\n" + textwrap.dedent(top)
    section = textwrap.dedent(options).strip("\n")
    if section:
        text += f"{prober}:\n" + textwrap.indent(section, "  ") + "\n"
    return text


def v4(options):
    """Options that choose IPv4, and `options`."""
    return "preferred_ip_protocol: ip4\n" + textwrap.dedent(options).strip("\n") + "\n"
