#include "sniffer/rules/buffer_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace rampart::sniffer {
namespace {

TEST(BufferId, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const auto& info : buffer_infos()) {
    EXPECT_TRUE(names.insert(info.sticky).second) << info.sticky;
    if (!info.modifier.empty()) {
      EXPECT_TRUE(names.insert(info.modifier).second) << info.modifier;
    }
    EXPECT_EQ(info_of(info.id).sticky, info.sticky);
  }
}

TEST(BufferId, WhatAProtocolHasItHasInSomeDirection) {
  for (const auto& info : buffer_infos()) {
    const bool comes = info.request != Stage::none || info.response != Stage::none;
    EXPECT_EQ(comes, info.proto != AppProto::unknown) << info.sticky;
  }
}

TEST(BufferId, FilesTravelInMailsToo) {
  EXPECT_TRUE(carries(AppProto::http1, BufferId::file_data));
  EXPECT_TRUE(carries(AppProto::smtp, BufferId::file_data));
  EXPECT_FALSE(carries(AppProto::dns, BufferId::file_data));
  EXPECT_EQ(stage_of(BufferId::file_data, AppProto::smtp, Direction::to_client), Stage::none);
  EXPECT_EQ(stage_of(BufferId::http_uri, AppProto::http1, Direction::to_server), Stage::headers);
}

}  // namespace
}  // namespace rampart::sniffer
