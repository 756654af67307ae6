#include "util/byte_reader.hpp"

#include <gtest/gtest.h>

#include "util/byte_writer.hpp"

namespace multiconnection::util {
namespace {

TEST(ByteReader, ReadsBackWhatTheWriterWrote) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.u8(0x01);
  writer.u16(0x0203);
  writer.u24(0x040506);
  writer.u32(0x0708090a);
  writer.u64(0x0b0c0d0e0f101112);
  writer.u32LittleEndian(0x16151413);
  ASSERT_EQ(bytes.size(), 22U);
  for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_EQ(bytes[i], i + 1);

  ByteReader reader(bytes);
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u24(), 0x040506U);
  EXPECT_EQ(reader.u32(), 0x0708090aU);
  EXPECT_EQ(reader.u64(), 0x0b0c0d0e0f101112U);
  EXPECT_EQ(reader.u32LittleEndian(), 0x16151413U);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(ByteReader, StaysFailedOnceItRanOut) {
  const Bytes bytes{1, 2, 3};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0U) << "a failed reader yields zeros, even where bytes are left";
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace multiconnection::util
