"""What `rampart sniff` and `rampart check` say about captures and rules that are not in order."""

import json
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
        done = self.rampart("sniff", "-r", "in.pcap", "--stats", "no-such-dir/stats.json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("4 packets", done.stdout)
        self.assertIn("no-such-dir/stats.json", done.stderr)

    def test_statistics_on_standard_output_are_alone_there(self):
        done = self.rampart("sniff", "-r", "in.pcap", "--stats", "-")
        self.assertEqual(json.loads(done.stdout)["capture"]["packets"], 4)
        self.assertIn("4 packets", done.stderr)


if __name__ == "__main__":
    unittest.main()
