// Guessed passwords, where what is served between the guesses must not hide them.
#include <gtest/gtest.h>

#include "traffic.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using model::Cause;

bool is_guessed(const std::vector<model::Detection>& seen) {
  return std::any_of(seen.begin(), seen.end(), [](const model::Detection& d) {
    return d.behaviour->cause == Cause::attack_brute_force;
  });
}

TEST(BehaviourLogin, the_form_before_each_guess_is_no_success) {
  Traffic t;
  auto talk = t.connect(1, host(9), 4000);
  for (int i = 0; i < 100; ++i) {
    t.exchange(talk, "/login");
    t.client(talk, "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b", 0.05);
    t.server(talk, "HTTP/1.1 401 X\r\nContent-Length: 2\r\n\r\nno");
  }
  EXPECT_TRUE(is_guessed(t.play()));
}

TEST(BehaviourLogin, a_form_that_lets_in_after_a_refusal_is_one) {
  Traffic t;
  auto talk = t.connect(1, host(9), 4000);
  const auto post = [&](const char* answer) {
    t.client(talk, "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b", 0.05);
    t.server(talk, answer);
  };
  for (int i = 0; i < 100; ++i) {
    post("HTTP/1.1 403 X\r\nContent-Length: 2\r\n\r\nno");
    t.exchange(talk, "/style.css");
    post("HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: /\r\n\r\n");
  }
  EXPECT_FALSE(is_guessed(t.play()));
}

// Which alone are far more than can be listed.
TEST(BehaviourLogin, are_guessed_beside_hundreds_of_services_that_refuse_a_few) {
  Traffic t;
  for (std::uint32_t h = 0; h < 200; ++h) {
    auto talk =
        t.connect(1 + h * 0.001, host(1), static_cast<std::uint16_t>(4000 + h), 80, host(5000 + h));
    for (int k = 0; k < 30; ++k) {
      talk.at = 1.5 + h * 0.001 + k;
      t.exchange(talk, "/", k % 5 == 0 ? 403 : 200);
    }
  }
  auto talk = t.connect(20, host(9), 4000);
  for (int i = 0; i < 200; ++i) {
    talk.at = 20.1 + i * 0.05;
    t.exchange(talk, "/login", 401);
  }
  const auto& seen = t.play();
  ASSERT_TRUE(is_guessed(seen));
  for (const auto& d : seen) EXPECT_EQ(d.destination.address, kVictim);
  EXPECT_GT(t.replay().stats.behaviour.unlisted, 0U) << "lists that had to be given up";
}

TEST(BehaviourLogin, two_refusals_at_a_service_need_no_list) {
  Traffic t;
  for (std::uint32_t h = 0; h < 200; ++h) {
    auto talk =
        t.connect(1 + h * 0.001, host(1), static_cast<std::uint16_t>(4000 + h), 80, host(5000 + h));
    for (int k = 0; k < 2; ++k) t.exchange(talk, "/", 403);
  }
  t.play();
  EXPECT_EQ(t.replay().stats.behaviour.unlisted, 0U);
}

}  // namespace
}  // namespace rampart::sniffer
