#include "probe/module/oauth2_grant.h"

#include <gtest/gtest.h>

namespace rampart::probe {
namespace {

HttpHead answer(int status, const std::string& kind = "application/json") {
  HttpHead out;
  out.status = status;
  out.fields = {{"Content-Type", kind}};
  return out;
}

TEST(OAuth2Grant, Form) {
  model::OAuth2 options;
  options.client_id = "me & you";
  EXPECT_EQ(oauth2_form(options, "hush", false).value(), "grant_type=client_credentials");
  EXPECT_EQ(oauth2_form(options, "hu=sh", true).value(),
            "client_id=me+%26+you&client_secret=hu%3Dsh&grant_type=client_credentials");
  EXPECT_EQ(oauth2_form(options, "", true).value(),
            "client_id=me+%26+you&grant_type=client_credentials");
  options.scopes = {"read", "write"};
  options.endpoint_params = {{"audience", "all"}, {"grant_type", "other"}};
  EXPECT_EQ(oauth2_form(options, "hush", false).value(),
            "audience=all&grant_type=other&scope=read+write");
  options.endpoint_params = {{"scope", "other"}};
  EXPECT_FALSE(oauth2_form(options, "hush", false));
  EXPECT_EQ(oauth2_client(options, "a b"), "Basic bWUrJTI2K3lvdTphK2I=");  // me+%26+you:a+b
}

TEST(OAuth2Grant, Token) {
  struct Case {
    const char* kind;
    const char* body;
    const char* authorization;  // empty: none
  };
  constexpr auto* kJson = "application/json; charset=utf-8";
  constexpr auto* kForm = "application/x-www-form-urlencoded";
  for (const Case& c :
       {Case{kJson, R"({"access_token": "abc", "token_type": "bearer"})", "Bearer abc"},
        Case{kJson, R"({"access_token": "abc"})", "Bearer abc"},
        Case{"text/html", R"({"access_token": "abc", "token_type": "MAC"})", "MAC abc"},
        Case{kJson, R"({"access_token": "abc", "token_type": "own"})", "own abc"},
        Case{kForm, "token_type=bearer&access_token=a%2Bb+c", "Bearer a+b c"},
        Case{"text/plain; x", "access_token=abc", "Bearer abc"}, Case{kJson, "{}", ""},
        Case{kJson, R"({"access_token": ""})", ""}, Case{kJson, R"({"access_token": 5})", ""},
        Case{kJson, "[]", ""}, Case{kJson, "<html>", ""}, Case{kJson, "", ""}, Case{kForm, "", ""},
        Case{kForm, "access_token", ""}, Case{kJson, R"({"access_token": "a\r\nX-Evil: 1"})", ""},
        Case{kForm, "access_token=a%0d%0aX", ""}}) {
    const auto token = read_oauth2_token(answer(200, c.kind), c.body);
    EXPECT_EQ(token.value_or(""), c.authorization) << c.kind << c.body;
  }
  EXPECT_EQ(read_oauth2_token(answer(401), R"({"access_token": "abc"})").error().text,
            "status 401");
}

TEST(OAuth2Grant, DeepJsonIsNoTrouble) {
  EXPECT_FALSE(read_oauth2_token(answer(200), std::string(100'000, '[')));
}

}  // namespace
}  // namespace rampart::probe
