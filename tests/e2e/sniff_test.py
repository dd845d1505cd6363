"""What `rampart sniff` and `rampart check` say about captures and rules that are not in order."""

import json
import subprocess
import unittest

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
        (self.dir / "vars.yml").write_text('vars:\n  address-groups:\n    HOME_NET: "10.0.0.300"\n')
        done = self.rampart("check", "a.rules", "many.rules")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout.splitlines(), [
            "a.rules:2:31: 'lua' is not supported: rules run no scripts here",
            "21 of 22 rules can be used (95.5 %); refused: 1 lua"])
        done = self.rampart("check", "--vars", "vars.yml", "a.rules")
        self.assertIn("a.rules:1:11: in '$HOME_NET' = '10.0.0.300': ", done.stdout)
        done = self.rampart("sniff", "-r", "in.pcap", "-S", "a.rules", "--vars", "vars.yml", "-q")
        self.assertIn("a.rules:1:11: in '$HOME_NET' = '10.0.0.300': ", done.stderr)
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
