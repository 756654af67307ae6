#include "rtmp/chunk/chunk_writer.hpp"

#include <gtest/gtest.h>

#include "support/hex.hpp"

namespace multiconnection::rtmp {
namespace {

using test::hex;

Bytes chunks(const MessageHeader& header, const Bytes& body, std::uint32_t chunkStreamId,
             std::uint32_t chunkSize) {
  Bytes out;
  appendChunks(out, header, body, chunkStreamId, chunkSize);
  EXPECT_EQ(chunkedSize(header, body.size(), chunkStreamId, chunkSize), out.size());
  return out;
}

TEST(ChunkWriter, WritesAMessageOfOneChunkWithAFullHeader) {
  EXPECT_EQ(chunks({MessageType::SharedObjectAmf0, 0, 0},
                   hex("00 07 69 6e 66 6f 5f 73 6f 00 00 00 00 00 00 00 00 00 00 00 00 01"
                       "00 00 00 00"),
                   3, 128),
            hex("03 000000 00001a 13 00000000 00 07 69 6e 66 6f 5f 73 6f 00 00 00 00 00 00 00 00"
                "00 00 00 00 01 00 00 00 00"));
}

TEST(ChunkWriter, ContinuesWithType3Chunks) {
  EXPECT_EQ(chunks({MessageType::Video, 40, 1}, hex("01 02 03 04 05"), 6, 2),
            hex("06 000028 000005 09 01000000 01 02 c6 03 04 c6 05"));
}

TEST(ChunkWriter, EndsAtTheChunkBoundaryWithoutAnEmptyChunk) {
  EXPECT_EQ(chunks({MessageType::Video, 0, 1}, hex("01 02 03 04"), 6, 2),
            hex("06 000000 000004 09 01000000 01 02 c6 03 04"));
}

TEST(ChunkWriter, WritesAMessageWithoutBodyAsItsHeader) {
  EXPECT_EQ(chunks({MessageType::Audio, 1, 1}, {}, 4, 128), hex("04 000001 000000 08 01000000"));
}

TEST(ChunkWriter, WritesTheExtendedTimestampInEveryChunk) {
  EXPECT_EQ(chunks({MessageType::Video, 0xFFFFFF, 1}, hex("01 02 03"), 6, 2),
            hex("06 ffffff 000003 09 01000000 00ffffff 01 02 c6 00ffffff 03"));
  EXPECT_EQ(chunks({MessageType::Video, 0xFFFFFE, 1}, hex("01 02 03"), 6, 2),
            hex("06 fffffe 000003 09 01000000 01 02 c6 03"));
  EXPECT_EQ(chunks({MessageType::Video, 0xFFFFFFFF, 1}, hex("01"), 6, 2),
            hex("06 ffffff 000001 09 01000000 ffffffff 01"));
}

TEST(ChunkWriter, UsesTheShortestFormOfTheChunkStreamId) {
  const std::string header = " 000000 000002 08 01000000 ";
  const auto written = [](std::uint32_t id) {
    return chunks({MessageType::Audio, 0, 1}, hex("aa bb"), id, 1);
  };
  EXPECT_EQ(written(2), hex("02" + header + "aa c2 bb"));
  EXPECT_EQ(written(63), hex("3f" + header + "aa ff bb"));
  EXPECT_EQ(written(64), hex("00 00" + header + "aa c0 00 bb"));
  EXPECT_EQ(written(319), hex("00 ff" + header + "aa c0 ff bb"));
  EXPECT_EQ(written(320), hex("01 00 01" + header + "aa c1 00 01 bb"));
  EXPECT_EQ(written(65599), hex("01 ff ff" + header + "aa c1 ff ff bb"));
}

TEST(ChunkWriter, AppendsToWhatIsThere) {
  Bytes out = hex("ee");
  appendChunks(out, {MessageType::Audio, 0, 1}, hex("aa"), 4, 128);
  EXPECT_EQ(out, hex("ee 04 000000 000001 08 01000000 aa"));
}

}  // namespace
}  // namespace multiconnection::rtmp
