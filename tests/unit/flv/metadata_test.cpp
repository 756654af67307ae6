#include "flv/metadata.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace multiconnection::flv {
namespace {

Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

using std::string_view_literals::operator""sv;
const Bytes kPlain = bytes("\x02\x00\x0aonMetaData\x05"sv);
const Bytes kSet = bytes("\x02\x00\x0d@setDataFrame\x02\x00\x0aonMetaData\x05"sv);

TEST(SetDataFrame, IsPutBeforeMetadataOnce) {
  EXPECT_EQ(withSetDataFrame(kPlain), kSet);
  EXPECT_EQ(withSetDataFrame(kSet), kSet);
}

TEST(SetDataFrame, IsTakenAway) {
  const auto rest = withoutSetDataFrame(kSet);
  EXPECT_EQ(Bytes(rest.begin(), rest.end()), kPlain);
  EXPECT_EQ(withoutSetDataFrame(kPlain).size(), kPlain.size());
  EXPECT_TRUE(withoutSetDataFrame({}).empty());
}

}  // namespace
}  // namespace multiconnection::flv
