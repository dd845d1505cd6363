"""What `rampart sniff` and `rampart check` say about captures and rules that are not in order."""

import gzip
import json
import struct
import subprocess
import unittest

import attackers
import lab

RULE = 'alert tcp any any -> any any (msg:"m{sid}"; content:"needle"; sid:{sid};)\n'


class Sniff(lab.Case):
    def setUp(self):
        super().setUp()
        (self.dir / "in.pcap").write_bytes(lab.capture_of(b"a needle"))
        (self.dir / "many.rules").write_text("".join(RULE.format(sid=n) for n in range(1, 21)))

    def test_the_summary_says_what_was_missed(self):
        done = self.rampart("sniff", "-r", "in.pcap", "-S", "many.rules")
        self.assertIn("15 alerts,", done.stdout)
        self.assertIn("missed: 5 alerts beyond 15 on one packet\n", done.stdout)
        done = self.rampart("sniff", "-r", "in.pcap")
        self.assertNotIn("missed", done.stdout)

    def test_the_summary_comes_also_where_the_statistics_cannot_be_written(self):
        done = self.rampart("sniff", "-r", "in.pcap", "--stats", "/dev/full")
        self.assertEqual(done.returncode, 1)
        self.assertIn("4 packets", done.stdout)
        self.assertIn("write /dev/full: No space left", done.stderr)

    def test_statistics_on_standard_output_are_alone_there(self):
        done = self.rampart("sniff", "-r", "in.pcap", "--stats", "-")
        self.assertEqual(json.loads(done.stdout)["capture"]["packets"], 4)
        self.assertIn("4 packets", done.stderr)

    def test_the_statistics_have_what_was_left(self):
        def ipv4(ident, fragment, body):
            return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), ident, fragment, 64, 17, 0,
                               b"\x0a\0\0\1", b"\x0a\0\0\2") + body

        datagram = struct.pack(">HHHH", 1, 2, 8, 0)
        out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
        for second, packet in ((10, ipv4(1, 0x2000, datagram)), (12, ipv4(2, 0, datagram)),
                               (9, ipv4(3, 0, datagram))):
            out += struct.pack("<IIII", 1700000000 + second, 0, len(packet), len(packet)) + packet
        (self.dir / "odd.pcap").write_bytes(out)
        done = self.rampart("sniff", "-r", "odd.pcap", "--stats", "s.json")
        self.assertIn("missed: 1 fragments of datagrams that never became whole\n", done.stdout)
        stats = json.loads((self.dir / "s.json").read_text())
        self.assertEqual(stats["decoder"]["fragments_left"], 1)
        self.assertEqual(stats["capture"]["out_of_order_time"], 1)
        self.assertEqual((stats["detect"]["failed_scans"], stats["flow"]["applications_left"]), (0, 0))
        # Nothing announces own traffic here.
        self.assertNotIn("own", str(stats))

    def test_types_of_events_without_a_file_for_them_are_a_mistake(self):
        done = self.rampart("sniff", "-r", "in.pcap", "--eve-types", "http")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--eve-types requires --eve", done.stderr)

    def test_words_that_were_meant_for_an_option_are_told_from_a_filter(self):
        (self.dir / "port").write_text("")  # a file may have the name of a word of filters
        for words, expected in (
                (("-S", "many.rules", "in.pcap"), "; 'in.pcap' is a file: give each rule file a -S of its own, repeat -S"),
                (("--eve", "e", "--eve-types", "alert", "flow", "tcp port 80"),
                 "; 'flow' is a type of events: repeat --eve-types for each, or put commas between them")):
            done = self.rampart("sniff", "-r", "in.pcap", *words)
            self.assertEqual(done.returncode, 2)
            self.assertIn("filter '", done.stderr)
            self.assertIn(expected, done.stderr)
        done = self.rampart("sniff", "-r", "in.pcap", "-S", "many.rules", "-S", "port", "--eve", "e", "--eve-types",
                            "alert,flow", "--eve-types", "stats", "tcp", "port", "http")
        self.assertEqual(done.returncode, 0, done.stderr)
        types = [json.loads(line)["event_type"] for line in (self.dir / "e").read_text().splitlines()]
        self.assertEqual(types, ["alert"] * 15 + ["flow", "stats"])
        self.assertNotRegex(self.rampart("sniff", "--help").stdout, r"--(rules|eve-types) TEXT.*\.\.\.")

    def test_what_is_compressed_is_told_so(self):
        for name in ("many.rules", "in.pcap"):
            (self.dir / f"{name}.gz").write_bytes(gzip.compress((self.dir / name).read_bytes()))
        told = "compressed by gzip; unpack it first: gunzip"
        for words in (("sniff", "-r", "in.pcap", "-S", "many.rules.gz"), ("sniff", "-r", "in.pcap.gz"),
                      ("check", "many.rules.gz")):
            done = self.rampart(*words)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(told, done.stdout + done.stderr)
            self.assertLess(len(done.stdout + done.stderr), 300)
        for name, code, said in (("in.pcap", 0, "4 packets"), ("in.pcap.gz", 2, told)):
            done = subprocess.run(self.command("sniff", "-r", "-"), input=(self.dir / name).read_bytes(),
                                  capture_output=True, timeout=60)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(said, (done.stdout + done.stderr).decode())

    def test_a_rule_file_of_which_no_rule_can_be_used_ends_the_start(self):
        (self.dir / "typo.rules").write_text("alert tcp any any -> any any (contnet:\"a\"; sid:1;)\n" * 3)
        done = self.rampart("sniff", "-r", "in.pcap", "-S", "many.rules", "-S", "typo.rules")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("typo.rules:3:31: unknown keyword 'contnet': did you mean 'content'?", done.stderr)
        self.assertIn("typo.rules: no rule of it can be used", done.stderr)
        # Nothing is wrong with files that have no rules, or those of others.
        (self.dir / "local.rules").write_text("# none yet\n")
        done = self.rampart("sniff", "-r", "in.pcap", "-S", "local.rules", "-S", "many.rules", "-S", "many.rules")
        self.assertEqual(done.returncode, 0)
        self.assertIn("20 rules, 20 refused", done.stdout)

    def test_pcap_files_and_alerts_add_up(self):
        done = self.rampart("sniff", "-r", "in.pcap", "-S", "many.rules", "--alert-pcap", "pcaps", "--stats", "s.json")
        self.assertIn("4 packets around 15 alerts in 1 pcap file\n", done.stdout)
        stats = json.loads((self.dir / "s.json").read_text())
        self.assertEqual(stats["alert_pcap"], {"files": 1, "packets": 4, "alerts_shared": 14, "alerts_left_out": 0,
                                               "packets_left_out": 0})
        self.assertEqual(stats["detect"]["alerts"], 15)
        self.assertEqual(len(list((self.dir / "pcaps").iterdir())), 1)

    def test_a_check_knows_the_classes_of_rules(self):
        classes = self.dir / "classification.config"
        for line, code, said in (("config classification: mine,My Class,2", 0, ": ok (classes of rules)"),
                                 ("config classification: mine,My Class", 2, ":1: expected 'config classification")):
            classes.write_text(line + "\n")
            done = self.rampart("check", classes)
            self.assertEqual((done.returncode, done.stderr), (code, ""))
            self.assertIn(f"{classes}{said}", done.stdout)

    def test_eve_is_appended_once_the_rest_works(self):
        (self.dir / "eve.json").write_text("of yesterday\n")
        done = self.rampart("sniff", "-r", "in.pcap", "--eve", "eve.json", "--alert-pcap", "/proc/nothing")
        self.assertEqual(done.returncode, 1)
        self.assertEqual((self.dir / "eve.json").read_text(), "of yesterday\n")
        for runs in (1, 2):
            self.assertEqual(self.rampart("sniff", "-r", "in.pcap", "--eve", "eve.json").returncode, 0)
            first, *lines = (self.dir / "eve.json").read_text().splitlines()
            self.assertEqual(first, "of yesterday")
            self.assertEqual([json.loads(line)["event_type"] for line in lines], ["flow", "stats"] * runs)

    def test_a_folder_for_eve_that_is_not_there_is_a_mistake(self):
        done = self.rampart("sniff", "-r", "in.pcap", "--eve", "no/where/eve.json")
        self.assertEqual(done.returncode, 2)
        self.assertIn("write no/where/eve.json: there is no folder no/where; make it first", done.stderr)
        self.assertFalse((self.dir / "no").exists())

    def rules_of(self, *words):
        done = self.rampart("--log-level", "info", "sniff", "-r", "in.pcap", "-S", "many.rules", "--stats", "s.json",
                            *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("15 alerts,", done.stdout)
        return json.loads((self.dir / "s.json").read_text())["rules"], done.stderr

    def test_compiled_rules_are_kept_for_the_next_start(self):
        first, _ = self.rules_of("--cache", "kept")
        self.assertEqual((first["patterns"], first["cached"]), ("compiled", True))
        self.assertGreater(first["databases"], 0)
        second, _ = self.rules_of("--cache", "kept")
        self.assertEqual((second["patterns"], second["cached"]), ("cache", True))
        self.assertEqual(second["database_bytes"], first["database_bytes"])
        anew, said = self.rules_of("--no-cache")
        self.assertEqual((anew["patterns"], anew["cached"]), ("compiled", False))
        self.assertNotIn("cache of compiled rules", said)
        with (self.dir / "many.rules").open("a") as rules:
            rules.write('alert tcp any any -> any any (content:"another"; sid:99;)\n')
        changed, _ = self.rules_of("--cache", "kept")
        self.assertEqual(changed["patterns"], "compiled")

    def test_a_cache_that_others_may_write_is_not_used(self):
        self.rules_of("--cache", "kept")
        (self.dir / "kept").chmod(0o777)
        rules, said = self.rules_of("--cache", "kept")
        self.assertEqual((rules["patterns"], rules["cached"]), ("compiled", False))
        self.assertIn("kept can be written by other users; it is not used as a cache", said)
        unasked = self.rampart("sniff", "-r", "in.pcap", "-S", "many.rules", "-q", "--cache", "kept")
        self.assertIn("warning: cache of compiled rules: ", unasked.stderr)

    def test_attacks_without_a_signature_are_told_on_demand(self):
        frames = b"".join(
            struct.pack("<IIII", 1700000000 + n // 500, n % 500 * 2000, len(frame), len(frame)) + frame
            for n, frame in ((n, attackers.syn(attackers.forged(), "10.77.0.1", 80)) for n in range(3000)))
        raw_ip = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
        (self.dir / "flood.pcap").write_bytes(raw_ip + frames)
        done = self.rampart("sniff", "-r", "flood.pcap", "--eve", "a.json")
        self.assertNotIn("attack:", done.stdout)
        self.assertNotIn('"event_type":"alert"', (self.dir / "a.json").read_text())
        done = self.rampart("sniff", "-r", "flood.pcap", "--behaviour", "--eve", "b.json", "--stats", "s.json")
        self.assertRegex(done.stdout, r"attack: SYN flood of 10\.77\.0\.1:80 at 2023-11-14T22:13:20\.000Z, "
                         r"harm could not be seen, for 6\.00 s, 500 unfinished handshakes/s, from \d+ sources\n")
        self.assertEqual(json.loads((self.dir / "s.json").read_text())["behaviour"]["attacks"], 1)
        lines = [json.loads(line) for line in (self.dir / "b.json").read_text().splitlines()]
        attacks = [line["behaviour"] for line in lines if line["event_type"] == "alert"]
        self.assertEqual((attacks[0]["phase"], attacks[-1]["phase"]), ("begin", "end"))
        self.assertEqual(attacks[-1]["impact"], "unknown")
        for words, held in (("", 1), (", track by_dst, ip 10.77.0.1", 1), (", track by_src, ip 10.77.0.1", 0)):
            (self.dir / "t.config").write_text(f"suppress gen_id 1000, sig_id 1{words}\n")
            (self.dir / "c.json").unlink(missing_ok=True)
            done = self.rampart("sniff", "-r", "flood.pcap", "--behaviour", "--eve", "c.json", "--stats", "s.json",
                                "--threshold-file", "t.config")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual("attacks suppressed by --threshold-file\n" in done.stdout, held == 1, done.stdout)
            self.assertEqual("attack: " in done.stdout, held == 0)
            self.assertEqual('"event_type":"alert"' in (self.dir / "c.json").read_text(), held == 0)
            self.assertEqual(json.loads((self.dir / "s.json").read_text())["behaviour"]["suppressed"], held)

    def test_a_scan_with_which_a_file_ends_is_found(self):
        """As `nmap -sS -p 1-100 --min-rate 100` makes it, of a host that does not answer."""
        frames = b"".join(
            struct.pack("<IIII", 1700000000, n * 9000, len(frame), len(frame)) + frame
            for n, frame in ((n, attackers.syn("10.77.0.2", "10.77.0.1", n)) for n in range(1, 101)))
        raw_ip = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
        (self.dir / "scan.pcap").write_bytes(raw_ip + frames)
        done = self.rampart("sniff", "-r", "scan.pcap", "--behaviour", "--eve", "b.json")
        self.assertRegex(done.stdout, r"attack: port scan of 10\.77\.0\.1 at 2023-11-14T22:13:20\.\d+Z, "
                         r".* from 1 source: 10\.77\.0\.2 \(\d+\)\n")
        lines = [json.loads(line) for line in (self.dir / "b.json").read_text().splitlines()]
        phases = [line["behaviour"]["phase"] for line in lines if line["event_type"] == "alert"]
        self.assertEqual(phases, ["begin", "end"])

    def test_a_rule_file_of_garbage_cannot_write_to_the_terminal(self):
        garbage = b"alert tcp any any -> any any (m\x1b[2Jsg:x;)\n" + b"x" * 100000 + b"\n"
        (self.dir / "garbage.rules").write_bytes(garbage)
        checked = self.rampart("check", "garbage.rules")
        self.assertEqual(checked.returncode, 2)
        sniffed = self.rampart("sniff", "-r", "in.pcap", "-S", "garbage.rules", "-q")
        for text in (checked.stdout, sniffed.stderr):
            self.assertIn("garbage.rules:1:31: keyword 'm\\x1b[2Jsg' is not", text)
            self.assertIn("garbage.rules:2:1: unknown action 'xxx", text)
            self.assertNotIn("\x1b", text)
            self.assertLess(len(text), 3000)

    def test_a_check_of_rules_ends_with_their_coverage(self):
        (self.dir / "a.rules").write_text(
            'alert tcp $HOME_NET any -> any any (content:"a"; sid:1;)\n'
            'alert tcp any any -> any any (lua:x; sid:2;)\n')
        (self.dir / "vars.yml").write_text('vars:\n  address-groups:\n    HOME_NET: "10.0.0.300"\n'
                                           '  port-groups: { UNUSED: "99999" }\n  networks: { A: 1 }\n')
        done = self.rampart("check", "a.rules", "many.rules")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout.splitlines(), [
            "a.rules:2:31: 'lua' is not supported: rules run no scripts here",
            "21 of 22 rules can be used (95.5 %); refused: 1 lua"])
        for words in (("check", "--vars", "vars.yml", "a.rules"), ("check", "vars.yml"),
                      ("sniff", "-r", "in.pcap", "-S", "a.rules", "--vars", "vars.yml", "-q")):
            done = self.rampart(*words)
            self.assertEqual(done.returncode, 2)
            self.assertIn("vars.yml:5:3: unknown key 'networks' in vars: names stand below address-groups:",
                          done.stdout + done.stderr)
        good = 'vars:\n  address-groups:\n    HOME_NET: "10.0.0.300"\n  port-groups: { UNUSED: "99999" }\n'
        (self.dir / "vars.yml").write_text(good)
        done = self.rampart("check", "vars.yml")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stdout, "(?s)vars.yml:3:15: HOME_NET: .*\nvars.yml:4:26: UNUSED: '99999' is not a port")
        (self.dir / "vars.yml").write_text(good.replace("300", "0/24").replace("99999", "80"))
        done = self.rampart("check", "vars.yml")
        self.assertEqual((done.returncode, done.stdout), (0, "vars.yml: ok (2 variables of rules)\n"))
        done = self.rampart("check", "--vars", "none.yml", "a.rules")
        self.assertEqual(done.returncode, 2)

    def test_a_damaged_capture_is_judged_up_to_where_it_can_be_read(self):
        damaged = (self.dir / "in.pcap").read_bytes()[:-3]
        done = subprocess.run(self.command("sniff", "-r", "-"), input=damaged, cwd=self.dir,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"standard input is damaged after packet 3: ", done.stderr)

    def test_the_capture_is_never_written_over(self):
        before = (self.dir / "in.pcap").read_bytes()
        for flag in ("--eve", "--stats"):
            done = self.rampart("sniff", "-r", "in.pcap", flag, "./in.pcap")
            self.assertEqual(done.returncode, 2)
            self.assertIn("./in.pcap is the capture that is read", done.stderr)
            self.assertEqual((self.dir / "in.pcap").read_bytes(), before, flag)


if __name__ == "__main__":
    unittest.main()
