#include "rtmp/message/shared_object.hpp"

#include <gtest/gtest.h>

#include <ostream>

#include "support/hex.hpp"

namespace multiconnection::rtmp {

bool operator==(const SharedObjectEvent& left, const SharedObjectEvent& right) {
  return left.type == right.type && left.name == right.name && left.value == right.value &&
         left.arguments == right.arguments && left.level == right.level;
}

void PrintTo(const SharedObjectEvent& event, std::ostream* out) {
  *out << static_cast<int>(event.type) << ' ' << event.name << ' ' << event.value << " +"
       << event.arguments.size() << ' ' << event.level;
}

namespace {

using test::hex;
using Type = SharedObjectEventType;

constexpr const char* kName = "00 07 69 6e 66 6f 5f 73 6f ";

Result<SharedObjectMessage> parse(const std::string& body) {
  return parseSharedObject({MessageType::SharedObjectAmf0, 0, 0, hex(body)});
}

struct Dump {
  const char* title;
  const char* body;  ///< After the object's name "info_so".
  std::uint32_t version;
  bool persistent;
  std::vector<SharedObjectEvent> events;
};

/// Seen on the wire between independent clients and servers.
std::vector<Dump> dumps() {
  const SharedObjectEvent set{Type::RequestChange, "userName", "Foo", {}, {}};
  const SharedObjectEvent change{Type::Change, "userName", "Foo", {}, {}};
  const SharedObjectEvent clear{Type::Clear, {}, {}, {}, {}};
  const SharedObjectEvent useSuccess{Type::UseSuccess, {}, {}, {}, {}};
  const SharedObjectEvent use{Type::Use, {}, {}, {}, {}};
  return {
      {"use temporary", "00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00", 0, false, {use}},
      {"use persistent", "00 00 00 00 00 00 00 02 00 00 00 00 01 00 00 00 00", 0, true, {use}},
      {"set string",
       "00 00 00 01 00 00 00 00 00 00 00 00 03 00 00 00 10 00 08 75 73 65 72 4e 61 6d 65"
       "02 00 03 46 6f 6f",
       1,
       false,
       {set}},
      {"set number",
       "00 00 00 02 00 00 00 00 00 00 00 00 03 00 00 00 0c 00 01 78 00 40 10 00 00 00 00 00 00",
       2,
       false,
       {{Type::RequestChange, "x", 4, {}, {}}}},
      {"set two",
       "00 00 00 05 00 00 00 00 00 00 00 00 03 00 00 00 0c 00 01 70 00 3f f0 00 00 00 00 00 00"
       "03 00 00 00 05 00 01 71 01 01",
       5,
       false,
       {{Type::RequestChange, "p", 1, {}, {}}, {Type::RequestChange, "q", true, {}, {}}}},
      {"request remove",
       "00 00 00 03 00 00 00 00 00 00 00 00 0a 00 00 00 03 00 01 78",
       3,
       false,
       {{Type::RequestRemove, "x", {}, {}, {}}}},
      {"send",
       "00 00 00 03 00 00 00 00 00 00 00 00 06 00 00 00 14 02 00 03 73 61 79 02 00 02 68 69"
       "00 3f f0 00 00 00 00 00 00",
       3,
       false,
       {{Type::SendMessage, "say", {}, {"hi", 1}, {}}}},
      {"send without arguments",
       "00 00 00 06 00 00 00 00 00 00 00 00 06 00 00 00 09 02 00 06 6e 6f 61 72 67 73",
       6,
       false,
       {{Type::SendMessage, "noargs", {}, {}, {}}}},
      {"release",
       "00 00 00 06 00 00 00 00 00 00 00 00 02 00 00 00 00",
       6,
       false,
       {{Type::Release, {}, {}, {}, {}}}},
      {"snapshot 8 11 4",
       "00 00 00 02 00 00 00 00 00 00 00 00 08 00 00 00 00 0b 00 00 00 00 04 00 00 00 10"
       "00 08 75 73 65 72 4e 61 6d 65 02 00 03 46 6f 6f",
       2,
       false,
       {clear, useSuccess, change}},
      {"snapshot 11 8 4",
       "00 00 00 04 00 00 00 00 00 00 00 00 0b 00 00 00 00 08 00 00 00 00 04 00 00 00 10"
       "00 08 75 73 65 72 4e 61 6d 65 02 00 03 46 6f 6f",
       4,
       false,
       {useSuccess, clear, change}},
      {"snapshot 11 4",
       "00 00 00 04 00 00 00 02 00 00 00 00 0b 00 00 00 00 04 00 00 00 10"
       "00 08 75 73 65 72 4e 61 6d 65 02 00 03 46 6f 6f",
       4,
       true,
       {useSuccess, change}},
      {"success",
       "00 00 00 02 00 00 00 00 00 00 00 00 05 00 00 00 0a 00 08 75 73 65 72 4e 61 6d 65",
       2,
       false,
       {{Type::Success, "userName", {}, {}, {}}}},
      {"success two",
       "00 00 00 07 00 00 00 00 00 00 00 00 05 00 00 00 03 00 01 70 05 00 00 00 03 00 01 71",
       7,
       false,
       {{Type::Success, "p", {}, {}, {}}, {Type::Success, "q", {}, {}, {}}}},
      {"change",
       "00 00 00 03 00 00 00 00 00 00 00 00 04 00 00 00 0c 00 01 78 00 40 10 00 00 00 00 00 00",
       3,
       false,
       {{Type::Change, "x", 4, {}, {}}}},
      {"remove",
       "00 00 00 05 00 00 00 00 00 00 00 00 09 00 00 00 03 00 01 78",
       5,
       false,
       {{Type::Remove, "x", {}, {}, {}}}},
      {"status",
       "00 00 00 00 00 00 00 00 00 00 00 00 07 00 00 00 23 00 1a 53 68 61 72 65 64 4f 62 6a 65 63"
       "74 2e 4e 6f 57 72 69 74 65 41 63 63 65 73 73 00 05 65 72 72 6f 72",
       0,
       false,
       {{Type::Status, "SharedObject.NoWriteAccess", {}, {}, "error"}}},
  };
}

TEST(SharedObject, ReadsEveryDump) {
  for (const auto& dump : dumps()) {
    const auto parsed = parse(std::string(kName) + dump.body);
    ASSERT_TRUE(parsed) << dump.title << ": " << parsed.error();
    EXPECT_EQ(parsed->name, "info_so") << dump.title;
    EXPECT_EQ(parsed->version, dump.version) << dump.title;
    EXPECT_EQ(parsed->persistent, dump.persistent) << dump.title;
    EXPECT_EQ(parsed->events, dump.events) << dump.title;
  }
}

TEST(SharedObject, WritesEveryDumpByteForByte) {
  for (const auto& dump : dumps()) {
    const Message message =
        makeSharedObject({"info_so", dump.version, dump.persistent, dump.events});
    EXPECT_EQ(message.type, MessageType::SharedObjectAmf0);
    EXPECT_EQ(message.streamId, 0U);
    EXPECT_EQ(message.body, hex(std::string(kName) + dump.body)) << dump.title;
  }
}

TEST(SharedObject, SplitsAChangeOfSeveralSlots) {
  const auto parsed =
      parse("00 01 61 00 00 00 01 00 00 00 00 00 00 00 00 04 00 00 00 08 00 01 70 05 00 01 71 05");
  ASSERT_TRUE(parsed) << parsed.error();
  const std::vector<SharedObjectEvent> expected{{Type::Change, "p", nullptr, {}, {}},
                                                {Type::Change, "q", nullptr, {}, {}}};
  EXPECT_EQ(parsed->events, expected);
}

TEST(SharedObject, SkipsUnknownEventsByTheirLength) {
  const auto parsed = parse(
      "00 01 61 00 00 00 01 00 00 00 30 00 00 00 00"
      "0c 00 00 00 03 ff ff ff  63 00 00 00 00  0b 00 00 00 00");
  ASSERT_TRUE(parsed) << parsed.error();
  ASSERT_EQ(parsed->events.size(), 1U);
  EXPECT_EQ(parsed->events[0].type, Type::UseSuccess);
  EXPECT_FALSE(parsed->persistent) << "of the flags only 2 means persistent";
}

TEST(SharedObject, TakesAStatusWithoutAnObjectName) {
  const auto parsed = parse(
      "00 00 00 00 00 00 00 00 00 00 00 00 00 00"
      "07 00 00 00 06 00 01 43 00 01 65");
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->name, "");
  EXPECT_EQ(parsed->events[0].level, "e");
}

TEST(SharedObject, ReadsTheAmf3FormWithAmf0Values) {
  const Bytes body =
      hex("00 00 01 61 00 00 00 00 00 00 00 00 00 00 00 00"
          "04 00 00 00 04 00 01 70 05");
  const auto parsed = parseSharedObject({MessageType::SharedObjectAmf3, 0, 0, body});
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->events[0].name, "p");
}

struct Amf3Dump {
  const char* read;
  const char* written;  ///< Where our writer chooses another form of the same value.
  SharedObjectMessage object;
};

TEST(SharedObject, CarriesTheAmf3DumpsBothWays) {
  const char* const setString =
      "00 00 02 73 6f 00 00 00 01 00 00 00 00 00 00 00 00 03 00 00 00 10"
      "00 08 75 73 65 72 4e 61 6d 65 11 06 07 46 6f 6f";
  const char* const send =
      "00 00 02 73 6f 00 00 00 01 00 00 00 00 00 00 00 00 06 00 00 00 0e"
      "02 00 03 73 61 79 11 06 05 68 69 11 04 01";
  const Amf3Dump dumps[] = {
      {setString, setString, {"so", 1, false, {{Type::RequestChange, "userName", "Foo", {}, {}}}}},
      // Red5 wrote the 4 as a double; a whole number of 29 bits is an integer with us.
      {"00 00 02 73 6f 00 00 00 01 00 00 00 00 00 00 00 00 03 00 00 00 0d"
       "00 01 78 11 05 40 10 00 00 00 00 00 00",
       "00 00 02 73 6f 00 00 00 01 00 00 00 00 00 00 00 00 03 00 00 00 06 00 01 78 11 04 04",
       {"so", 1, false, {{Type::RequestChange, "x", 4, {}, {}}}}},
      {send, send, {"so", 1, false, {{Type::SendMessage, "say", {}, {"hi", 1}, {}}}}},
  };
  for (const auto& dump : dumps) {
    const auto parsed = parseSharedObject({MessageType::SharedObjectAmf3, 0, 0, hex(dump.read)});
    ASSERT_TRUE(parsed) << dump.read << ": " << parsed.error();
    EXPECT_EQ(parsed->name, "so");
    EXPECT_EQ(parsed->version, 1U);
    EXPECT_EQ(parsed->events, dump.object.events) << dump.read;
    const Message made = makeSharedObject(dump.object, Encoding::Amf3);
    EXPECT_EQ(made.type, MessageType::SharedObjectAmf3);
    EXPECT_EQ(made.body, hex(dump.written));
    EXPECT_EQ(parseSharedObject(made)->events, dump.object.events) << dump.read;
  }
}

TEST(SharedObject, SharesNoAmf3TableBetweenValues) {
  const SharedObjectMessage object{
      "a", 1, false, {{Type::SendMessage, "m", {}, {AmfArray{"x", "x"}, AmfArray{"x"}}, {}}}};
  const Message made = makeSharedObject(object, Encoding::Amf3);
  EXPECT_EQ(made.body, hex("00 00 01 61 00 00 00 01 00 00 00 00 00 00 00 00 06 00 00 00 14"
                           "02 00 01 6d  11 09 05 01 06 03 78 06 00  11 09 03 01 06 03 78"));
  EXPECT_EQ(parseSharedObject(made)->events, object.events);
  // A reference in the second argument has nothing to name.
  EXPECT_FALSE(
      parseSharedObject({MessageType::SharedObjectAmf3, 0, 0,
                         hex("00 00 01 61 00 00 00 01 00 00 00 00 00 00 00 00 06 00 00 00 0b"
                             "02 00 01 6d 11 06 03 78 11 06 00")}));
}

TEST(SharedObject, BoundsWhatItsEventsRepeatTogether) {
  const std::string event = "04 00 00 00 0d 00 01 70 11 09 05 01 06 05 68 69 06 00 ";
  const Message message{MessageType::SharedObjectAmf3, 0, 0,
                        hex("00 00 01 61 00 00 00 01 00 00 00 00 00 00 00 00" + event + event)};
  EXPECT_TRUE(parseSharedObject(message, {.maxRepeatedBytes = 4}));
  const auto parsed = parseSharedObject(message, {.maxRepeatedBytes = 3});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Errc::LimitExceeded);
}

TEST(SharedObject, RefusesWhatEndsTooEarly) {
  const std::string head = "00 01 61 00 00 00 00 00 00 00 00 00 00 00 00 ";
  for (const char* rest : {"01", "01 00 00 00", "03 00 00 00 05 00 01 78", "03 00 00 00 00",
                           "03 00 00 00 03 00 01 78", "05 00 00 00 02 00 01", "05 00 00 00 00",
                           "06 00 00 00 00", "06 00 00 00 01 05", "07 00 00 00 03 00 01 43"}) {
    const auto parsed = parse(head + rest);
    ASSERT_FALSE(parsed) << rest;
    EXPECT_EQ(parsed.error().code, Errc::CorruptData) << parsed.error();
  }
  EXPECT_FALSE(parse("00 01 61 00 00 00 00 00 00 00 00 00 00 00"));
  EXPECT_FALSE(parse(""));
}

TEST(SharedObject, BoundsEventsAndValuesTogether) {
  const std::string body =
      "00 01 61 00 00 00 00 00 00 00 00 00 00 00 00 "
      "04 00 00 00 04 00 01 70 05 04 00 00 00 04 00 01 71 05";
  const Message message{MessageType::SharedObjectAmf0, 0, 0, hex(body)};
  EXPECT_TRUE(parseSharedObject(message, {.maxValues = 4}));
  const auto parsed = parseSharedObject(message, {.maxValues = 3});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Errc::LimitExceeded);
}

}  // namespace
}  // namespace multiconnection::rtmp
