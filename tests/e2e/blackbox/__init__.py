"""The same questions to prometheus-blackbox-exporter and to rampart's exporter, and what differs in the answers.

`python3 -m blackbox --help` runs it by hand; blackbox_test.py does so for ctest.
"""
