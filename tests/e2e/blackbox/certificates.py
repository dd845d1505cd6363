"""Certificates as a TLS probe meets them, made with openssl: good, late, for another name, of nobody known."""

import dataclasses
import datetime
import pathlib
import subprocess

DAY = datetime.timedelta(days=1)
NAMES = "DNS:localhost,DNS:good.test,DNS:both.test,IP:127.0.0.1,IP:::1"

CONFIG = """[ca]
default_ca = here
[here]
new_certs_dir = {dir}
database = {dir}/{name}.index
default_md = sha256
rand_serial = yes
policy = any
unique_subject = no
copy_extensions = none
string_mask = utf8only
[any]
countryName = optional
organizationName = optional
commonName = optional
[req]
distinguished_name = asked
string_mask = utf8only
utf8 = yes
[asked]
[made]
{extensions}
"""


@dataclasses.dataclass(frozen=True)
class Issued:
    certificate: pathlib.Path
    key: pathlib.Path


class Authority:
    """A folder of certificates; `issue` adds one."""

    def __init__(self, folder):
        self.folder = folder
        self.now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        self.issued = {}

    def issue(self, name, subject, issuer=None, days=(-30, 90), extensions="", key=None):
        """Makes a certificate that is good from day to day, counted from now; self-signed without an issuer."""
        folder = self.folder
        certificate, request = folder / f"{name}.crt", folder / f"{name}.csr"
        config, own_key = folder / f"{name}.cnf", key or folder / f"{name}.key"
        config.write_text(CONFIG.format(dir=folder, name=name, extensions=extensions))
        (folder / f"{name}.index").touch()
        if key is None:
            self._openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", own_key)
        self._openssl("req", "-new", "-utf8", "-key", own_key, "-subj", subject, "-config", config, "-out", request)
        first, last = ((self.now + day * DAY).strftime("%Y%m%d%H%M%SZ") for day in days)
        by = ("-selfsign", "-keyfile", own_key) if issuer is None else \
            ("-cert", self.issued[issuer].certificate, "-keyfile", self.issued[issuer].key)
        self._openssl("ca", "-batch", "-notext", "-utf8", "-config", config, "-extensions", "made",
                      "-startdate", first, "-enddate", last, "-in", request, "-out", certificate, *by)
        self.issued[name] = Issued(certificate, own_key)

    def chain(self, name, *certificates):
        """A file of certificates, one after the other."""
        path = self.folder / f"{name}.pem"
        path.write_text("".join(self.issued[c].certificate.read_text() for c in certificates))
        return path

    @staticmethod
    def _openssl(*words):
        done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"openssl {words[0]}: {done.stderr}")


CA = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign"


def leaf(names=NAMES, use="serverAuth"):
    return f"basicConstraints=CA:false\nextendedKeyUsage={use}" + (f"\nsubjectAltName={names}" if names else "")


def make(folder):
    """The certificates of all TLS servers here, each server's chain as (chain file, key file), and the roots."""
    a = Authority(folder)
    a.issue("root", "/O=Laboratory/CN=root", days=(-3000, 3000), extensions=CA)
    a.issue("stranger", "/O=Nobody/CN=stranger", days=(-3000, 3000), extensions=CA)
    a.issue("middle", "/O=Laboratory/CN=middle", "root", (-300, 1500), CA)
    a.issue("brief", "/O=Laboratory/CN=brief", "root", (-300, 10), CA)
    # The same key as middle, and the same name: two ways lead from a leaf to the root.
    a.issue("middle_again", "/O=Laboratory/CN=middle", "root", (-300, 20), CA, key=a.issued["middle"].key)
    for name, issuer, days, extensions in (
            ("good", "middle", (-30, 90), leaf()),
            ("expired", "middle", (-30, -1), leaf()),
            ("future", "middle", (2, 90), leaf()),
            ("wrong_name", "middle", (-30, 90), leaf("DNS:elsewhere.test")),
            ("no_names", "middle", (-30, 90), leaf("")),
            ("unknown", "stranger", (-30, 90), leaf()),
            ("of_brief", "brief", (-30, 90), leaf()),
            ("wildcard", "middle", (-30, 90), leaf("DNS:*.good.test")),
            ("not_for_servers", "middle", (-30, 90), leaf(use="clientAuth")),
            ("client", "root", (-30, 90), leaf("", "clientAuth"))):
        a.issue(name, f"/O=Laboratory/CN={'localhost' if name == 'no_names' else name}", issuer, days, extensions)
    a.issue("odd", '/C=DE/O=Büro "Süd", A\\+B<C>/CN= #odd', "middle", (-30, 90),
            leaf(NAMES + ",DNS:zzz.test,DNS:aaa.test,email:a@b.test,URI:https://c.test/d"))
    a.issue("selfsigned", "/O=Laboratory/CN=selfsigned", None, (-30, 90), leaf())
    chains = {name: a.chain(f"chain_{name}", name, "middle") for name in (
        "good", "expired", "future", "wrong_name", "no_names", "wildcard", "not_for_servers", "odd")}
    chains["unknown"] = a.chain("chain_unknown", "unknown")
    chains["selfsigned"] = a.chain("chain_selfsigned", "selfsigned")
    chains["of_brief"] = a.chain("chain_of_brief", "of_brief", "brief")
    chains["bare"] = a.chain("chain_bare", "good")
    chains["with_root"] = a.chain("chain_with_root", "good", "middle", "root")
    chains["two_ways"] = a.chain("chain_two_ways", "good", "middle_again", "middle")
    chains["with_stray"] = a.chain("chain_with_stray", "good", "middle", "expired")
    of = {"bare": "good", "with_root": "good", "two_ways": "good", "with_stray": "good"}
    keys = {name: a.issued[of.get(name, name)].key for name in chains}
    return a, {name: (chains[name], keys[name]) for name in chains}
