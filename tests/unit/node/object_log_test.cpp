#include "node/object_log.hpp"

#include <gmock/gmock.h>

#include <random>

#include "support/hex.hpp"

namespace multiconnection::node {
namespace {

using test::hex;
using testing::HasSubstr;

ObjectStep step(std::uint32_t version, std::vector<SlotChange> changes, bool cleared = false) {
  ObjectStep made;
  made.version = version;
  made.changes = std::move(changes);
  made.cleared = cleared;
  return made;
}

/// x = 4, then y = "b" and no x.
const char kFile[] =
    "4d43534f 00000001"
    "00000015 11ed6639 e81ff0bb 00000002 01 0001 78 00000009 004010000000000000"
    "00000014 88e267bf 03ab274c 00000003 01 0001 79 00000004 02000162 02 0001 78";

constexpr std::size_t kFirst = 41;  ///< Where the first record ends.

Bytes concat(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

TEST(ObjectLog, IsWrittenByteByByteAsDescribed) {
  Bytes file = makeLogHeader();
  appendLogRecord(file, makeLogPayload(step(2, {{"x", AmfValue(4)}})));
  appendLogRecord(file, makeLogPayload(step(3, {{"y", AmfValue("b")}, {"x", std::nullopt}})));
  EXPECT_EQ(file, hex(kFile));
}

TEST(ObjectLog, HoldsWhatItsRecordsDidInTurn) {
  const auto log = parseObjectLog(hex(kFile));
  ASSERT_TRUE(log) << log.error();
  EXPECT_TRUE(log->content.exists);
  EXPECT_EQ(log->content.version, 3U);
  EXPECT_EQ(log->content.slots, (SlotMap{{"y", "b"}}));
  EXPECT_EQ(log->validBytes, hex(kFile).size());
}

TEST(ObjectLog, SeveralPayloadsBecomeOne) {
  const Bytes merged = mergedLogPayload({makeLogPayload(step(2, {{"x", AmfValue(4)}})),
                                         makeLogPayload(step(3, {{"z", AmfValue(1)}}, true))});
  EXPECT_EQ(merged, hex("00000003 01 0001 78 00000009 004010000000000000"
                        "03 01 0001 7a 00000009 003ff0000000000000"));
  EncodedSlots slots;
  std::uint32_t version = 0;
  applyLogPayload(merged, slots, version);
  EXPECT_EQ(version, 3U);
  EXPECT_EQ(slots, (EncodedSlots{{"z", hex("003ff0000000000000")}}));
}

TEST(ObjectLog, CutOffAnywhereItHoldsTheWholeRecordsBefore) {
  const Bytes file = hex(kFile);
  for (std::size_t size = kFirst; size < file.size(); ++size) {
    const auto log = parseObjectLog(std::span(file).first(size));
    ASSERT_TRUE(log) << size << ": " << log.error();
    EXPECT_EQ(log->validBytes, kFirst) << size;
    EXPECT_EQ(log->content.slots, (SlotMap{{"x", 4}})) << size;
  }
}

TEST(ObjectLog, AFirstRecordThatIsNotWholeIsNamed) {
  const Bytes file = hex(kFile);
  EXPECT_TRUE(parseObjectLog(std::span(file).first(8)));
  for (std::size_t size = 9; size < kFirst; ++size) {
    const auto log = parseObjectLog(std::span(file).first(size));
    ASSERT_FALSE(log) << size;
    EXPECT_EQ(log.error().message, "at byte 8: the first record is not whole") << size;
  }
}

TEST(ObjectLog, ADamagedLastRecordNeverWas) {
  Bytes file = hex(kFile);
  file.back() ^= 1;
  const auto log = parseObjectLog(file);
  ASSERT_TRUE(log) << log.error();
  EXPECT_EQ(log->content.slots, (SlotMap{{"x", 4}}));
  // As a file system leaves it that had made room before the power failed.
  const auto padded = parseObjectLog(concat(hex(kFile), Bytes(5000, 0)));
  ASSERT_TRUE(padded) << padded.error();
  EXPECT_EQ(padded->validBytes, hex(kFile).size());
}

TEST(ObjectLog, AFlippedBitInALaterLengthIsNamedAndNotTakenForATornEnd) {
  for (const std::size_t records : {2U, 3U}) {
    Bytes whole = hex(kFile);
    if (records == 3) appendLogRecord(whole, hex("00000004 03"));
    for (std::size_t bit = 0; bit < 12 * 8; ++bit) {
      Bytes file = whole;
      file[kFirst + bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      const auto log = parseObjectLog(file);
      ASSERT_FALSE(log) << "bit " << bit;
      EXPECT_EQ(log.error().message, "at byte 41: the checksum of a record's length is wrong");
    }
  }
}

/// Two records, of which the second one's head begins at `at`.
Bytes withSecondAt(std::size_t at) {
  constexpr std::size_t kBeforeText = 8 + 12 + 4 + 1 + 2 + 1 + 4 + 3;
  Bytes file = makeLogHeader();
  appendLogRecord(file,
                  makeLogPayload(step(2, {{"x", AmfValue(std::string(at - kBeforeText, 'a'))}})));
  EXPECT_EQ(file.size(), at);
  appendLogRecord(file, makeLogPayload(step(3, {{"y", AmfValue(std::string(2000, 'b'))}})));
  return file;
}

TEST(ObjectLog, ALastRecordWithHolesNeverWas) {
  // The file has its size, but a sector with the head, or a part of it, was not written.
  for (const std::size_t at : {100U, 500U, 505U, 509U, 512U}) {
    const std::size_t boundary = at == 512 ? 1024 : 512;
    for (const std::size_t begin : {at, boundary}) {
      Bytes file = withSecondAt(at);
      const std::size_t end = begin == at ? boundary : boundary + 512;
      std::fill(file.begin() + static_cast<std::ptrdiff_t>(begin),
                file.begin() + static_cast<std::ptrdiff_t>(end), 0);
      const auto log = parseObjectLog(file);
      ASSERT_TRUE(log) << at << ' ' << begin << ": " << log.error();
      EXPECT_EQ(log->validBytes, at) << begin;
    }
  }
}

TEST(ObjectLog, AHoleBeforeAWholeRecordIsNamed) {
  Bytes file = hex(kFile);
  appendLogRecord(file, hex("00000004 03"));
  std::fill_n(file.begin() + kFirst, 12, 0);
  const auto log = parseObjectLog(file);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().message, "at byte 41: the checksum of a record's length is wrong");
}

TEST(ObjectLog, WhatNoCrashLeavesIsNamed) {
  const auto error = [](const Bytes& file) {
    const auto log = parseObjectLog(file);
    return log ? "none" : log.error().message;
  };
  EXPECT_EQ(error({}), "at byte 0: it is no file of a shared object");
  EXPECT_EQ(error(hex("464c5601 05000000")), "at byte 0: it is no file of a shared object");
  EXPECT_EQ(error(hex("4d43534f 00000002")), "at byte 4: its format is 2, 1 can be read");
  Bytes damaged = hex(kFile);
  damaged[24] ^= 1;
  EXPECT_EQ(error(damaged), "at byte 8: the checksum of a record is wrong, and more follows");
  const auto holding = [](const char* payload) {
    Bytes file = makeLogHeader();
    appendLogRecord(file, hex(payload));
    return file;
  };
  EXPECT_EQ(error(holding("00000001 04 0001 78")), "at byte 8: a record holds no changes");
  EXPECT_EQ(error(holding("00000001 01 0001 78 00000009 00")),
            "at byte 8: a record holds no changes");
  EXPECT_THAT(error(holding("00000001 01 0001 78 00000002 0101")), "none");
  EXPECT_THAT(error(holding("00000001 01 0001 78 00000003 010100")),
              HasSubstr("the value of a slot is no AMF0 value"));
}

}  // namespace
}  // namespace multiconnection::node
