#include "scenarios/validate.h"

#include <gtest/gtest.h>

#include <vector>

#include "parse.h"

namespace rampart::scenarios {
namespace {

TEST(Validate, SaysWhatIsWrongAndWhere) {
  for (const auto& [text, wanted] : std::vector<BadCase>{
           {"hello\n", "t.yml:1:1: expected keys such as 'name:', found a single value"},
           {"- a\n- b\n", "t.yml:1:1: expected keys such as 'name:', found a list"},
           {"duration: 3s\nprobs: []\nscrape: []\n",
            "t.yml:2:1: unknown key 'probs': did you mean 'probes'?"},
           {"duration: 3s\nscrape: []\nfoo: 1\n",
            "t.yml:3:1: unknown key 'foo': known are name, duration, workers, seed, targets, load, "
            "probes, scrape, prometheus, sniff, canaries, objectives, stop_when, find"},
           {"duration: 3s\nscrape: []\ninterface: lo\n",
            "t.yml:3:1: unknown key 'interface': it belongs in sniff"},
           {"duration: 3s\nscrape: []\nload[].name: x\n",
            "t.yml:3:1: unknown key 'load[].name': known are name, duration, workers, seed, "
            "targets, load, probes, scrape, prometheus, sniff, canaries, objectives, stop_when, "
            "find"},
           {"duration: 3s\nscrape: []\ntargets: { \"*\": { url: \"http://127.0.0.1/\" } }\n",
            "t.yml:3:12: '*' is not a name: 1 to 64 letters, digits, '.', '_' or '-'"},
           {"duration: 3\nscrape: []\n",
            "t.yml:1:11: duration: '3' lacks a known unit: use ns, us, ms, s, m or h"},
           {"duration: 3 sec\nscrape: []\n",
            "t.yml:1:11: duration: '3 sec' lacks a known unit: use ns, us, ms, s, m or h"},
           {"duration: 1ms\nscrape: []\n",
            "t.yml:1:11: duration: 1ms is out of range: 100ms to 744h"},
           {"duration: [1s]\nscrape: []\n",
            "t.yml:1:11: duration: expected a duration such as 10s, found a list"},
           {"duration:\nscrape: []\n", "t.yml:1:1: duration: the value is missing, such as 10s"},
           {"duration: 3s\nscrape: 4\n",
            "t.yml:2:9: scrape: expected a list of maps such as [ { name: a } ], found a single "
            "value"},
           {"duration: 3s\nscrape: [ node ]\n",
            "t.yml:2:11: scrape: each item is a map such as { name: ... }, found a single value"},
           {"duration: 3s\nscrape: [ { name: a } ]\n",
            "t.yml:2:11: say what is scraped: url, or file_sd"},
           {"duration: 3s\nscrape: []\ntargets: [ web ]\n",
            "t.yml:3:10: targets: expected a map of names such as { web: ... }, found a list"},
           {"duration: 3s\nscrape: []\ntargets: { web: \"http://127.0.0.1/\" }\n",
            "t.yml:3:17: targets.web: expected a map such as { key: value }, found a single value"},
           {"duration: 3s\nscrape: []\ntargets: { web: { url: \"127.0.0.1:80\" } }\n",
            "t.yml:3:24: targets.url: '127.0.0.1:80': a URL starts with http://, https://, tcp://, "
            "udp:// or icmp://"},
           {"duration: 3s\nscrape: []\n"
            "targets: { web: { url: \"https://127.0.0.1/\", tls: { insecure: yes } } }\n",
            "t.yml:3:63: targets.tls.insecure: 'yes' is neither true nor false"},
           {"duration: 3s\nscrape: []\nsniff: { interface: lo, rules: [] }\n",
            "t.yml:3:32: sniff.rules: the list is empty"},
           {"duration: 3s\nscrape: []\nprometheus: { every: 15s }\n",
            "t.yml:3:13: 'url' is missing in prometheus: http or https, without /api/v1"},
           {"duration: 3s\nscrape: []\nsniff: { interface: lo, external: [] }\n",
            "t.yml:3:25: 'external' is not supported yet"},
       })
    EXPECT_EQ(errors_of(text), wanted) << text;
}

TEST(Validate, TellsEverythingAtOnce) {
  EXPECT_EQ(errors_of("nam: x\n"
                      "targets:\n"
                      "  web: { url: \"http://127.0.0.1/\" }\n"
                      "load:\n"
                      "  - name: a\n"
                      "    target: wbe\n"
                      "    protocol: icpm\n"
                      "    rate: 5/s\n"
                      "    conections: 4\n"
                      "    arrival: { rate: fast }\n"
                      "probes:\n"
                      "  - { name: p, interval: 5 }\n"
                      "objectives: { errors: \"0.1%\" }\n"),
            "t.yml:1:1: unknown key 'nam': did you mean 'name'?\n"
            "t.yml:6:13: unknown target 'wbe': did you mean 'web'?\n"
            "t.yml:7:15: load.protocol: unknown word 'icpm': did you mean 'icmp'?\n"
            "t.yml:8:5: unknown key 'rate' in load: it belongs in load.arrival\n"
            "t.yml:9:5: unknown key 'conections' in load: did you mean 'connections'?\n"
            "t.yml:10:14: nothing says how long: add duration: 30s here, or to the whole scenario\n"
            "t.yml:10:22: load.arrival.rate: 'fast' is not a rate such as 200/s or 1k/s\n"
            "t.yml:12:26: probes.interval: '5' lacks a known unit: use ns, us, ms, s, m or h\n"
            "t.yml:13:23: objectives.errors: '0.1%' is not of the form '< 0.1%'");
}

TEST(Validate, MistakesInAnAnchorAreToldOnce) {
  EXPECT_EQ(errors_of("targets: { web: { url: \"http://127.0.0.1/\" } }\n"
                      "load:\n"
                      "  - &base { name: a, timeout: 5, arrival: { rate: 1/s, duration: 1s } }\n"
                      "  - { <<: *base, name: b }\n"),
            "t.yml:3:31: load.timeout: '5' lacks a known unit: use ns, us, ms, s, m or h");
}

TEST(Validate, AtMostAHundredErrors) {
  std::string text = "scrape: []\nduration: 1s\n";
  for (int i = 0; i < 5000; ++i) text += "qqqqqqqq" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(parse(text).errors.size(), 100U);
}

}  // namespace
}  // namespace rampart::scenarios
