#include "flv/flv_writer.hpp"

#include <gtest/gtest.h>

namespace multiconnection::flv {
namespace {

TEST(FlvFile, BeginsWithHeaderAndEmptyTagSize) {
  Bytes out;
  appendFlvHeader(out, true, true);
  EXPECT_EQ(out, (Bytes{'F', 'L', 'V', 1, 5, 0, 0, 0, 9, 0, 0, 0, 0}));
  EXPECT_EQ(out[kFlagsOffset], headerFlags(true, true));
  EXPECT_EQ(headerFlags(true, false), 4);
  EXPECT_EQ(headerFlags(false, true), 1);
}

TEST(FlvTag, WritesTheUpperTimestampByteLast) {
  MediaMessage message;
  message.kind = MediaKind::Video;
  message.timestamp = std::chrono::milliseconds(0x1'12345678);  // modulo 2^32
  Bytes out;
  appendTagHeader(out, message, 0x010203);
  EXPECT_EQ(out, (Bytes{9, 1, 2, 3, 0x34, 0x56, 0x78, 0x12, 0, 0, 0}));
  out.clear();
  appendTagTrailer(out, 0x010203);
  EXPECT_EQ(out, (Bytes{0, 1, 2, 14}));
}

}  // namespace
}  // namespace multiconnection::flv
