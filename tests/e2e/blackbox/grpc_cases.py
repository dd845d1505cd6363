"""grpc: health checks."""

from .case import ENDLESS, Case, module, v4

GOOD = "tls: true\ntls_config: {ca_file: $ca}\n"


def grpc(name, service="", options="", target="$grpc", timeout="5s", **more):
    return Case(f"grpc {name}", module("grpc", v4(f"service: \"{service}\"\n" if service else "") + options, timeout),
                target, **more)


CASES = [
    grpc("serving"),
    grpc("service", "good"),
    *(grpc(f"service is {name}", name) for name in ("unknown", "not_serving", "service_unknown", "seven")),
    *(grpc(f"answers {name}", name) for name in ("denied", "unimplemented", "internal", "unavailable", "unauthenticated")),
    grpc("service is not known", "nothing of the kind"),
    grpc("HTTP status 503", "html"),
    grpc("slow", "slow", slow={'probe_grpc_duration_seconds{phase="check"}': 0.29}),
    grpc("silent", "silent", **ENDLESS,
         deliberate="a check ends at the module's time limit, which 0.23 does not look at", differs=("probe_grpc_status_code",)),
    grpc("tls", "good", GOOD, "$grpc_good"),
    grpc("tls expired", "good", GOOD, "$grpc_expired"),
    grpc("tls and no check", "good", "tls: true\ntls_config: {insecure_skip_verify: true}\n", "$grpc_expired"),
    grpc("tls of an unknown CA", "good", "tls: true\n", "$grpc_good"),
    grpc("tls to a plain port", "good", GOOD),
    grpc("plain to a tls port", "good", target="$grpc_good", timeout="1500ms"),
    grpc("closed port", "good", target="$refusing", timeout="1500ms"),
    grpc("no port", "good", target="127.0.0.1"),
    grpc("localhost", "good", target="localhost:$grpc_port"),
    grpc("name that cannot be", "good", target="a..test:1"),
    Case("grpc without options", module("grpc"), "$grpc",
         deliberate="ip_protocol_fallback is true, as documented; 0.23 has false where the section grpc is missing",
         differs=("probe_*",)),
    Case("grpc ipv6 without fallback", module("grpc", "ip_protocol_fallback: false"), "$grpc"),
]
