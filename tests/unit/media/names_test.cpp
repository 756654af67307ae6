#include <gtest/gtest.h>

#include "multiconnection/media.hpp"

namespace multiconnection {
namespace {

TEST(MediaNames, SayEachKindAndCodecAsPeopleDo) {
  EXPECT_EQ(kindName(MediaKind::Audio), "audio");
  EXPECT_EQ(kindName(MediaKind::Video), "video");
  EXPECT_EQ(kindName(MediaKind::Data), "data");
  EXPECT_EQ(codecName(Codec::H264), "H.264");
  EXPECT_EQ(codecName(Codec::Aac), "AAC");
  EXPECT_EQ(codecName(Codec::Mp3), "MP3");
}

}  // namespace
}  // namespace multiconnection
