#include "node/shared_objects.hpp"

#include <gmock/gmock.h>

#include "object_table.hpp"

namespace multiconnection::node {
namespace {

using rtmp::Encoding;
using testing::ElementsAre;
using testing::IsEmpty;

std::string operator+(const char* left, const std::string& right) {
  return std::string(left) + right;
}

/// Client 1 and 2 use the object, and were told.
class TwoUsers : public testing::Test {
 protected:
  void SetUp() override {
    for (const UserId user : {1U, 2U}) {
      table.send(user, infoSo(0, kUse));
      ASSERT_THAT(table.told(user), ElementsAre(infoSo(1, kUsed)));
    }
  }
  ObjectTable table;
};

TEST_F(TwoUsers, ASetIsAnsweredToItsAuthorAndToldToTheOther) {
  table.send(1, infoSo(1, kSetUserName));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(2, kUserNameAccepted)));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(2, kUserNameIsFoo)));
}

TEST_F(TwoUsers, WhoComesLaterGetsTheWholeObjectInOneMessage) {
  table.send(1, infoSo(1, kSetX));
  table.send(1, infoSo(2, kSetUserName));
  table.send(3, infoSo(0, kUse));
  EXPECT_THAT(table.told(3), ElementsAre(infoSo(3, std::string(kUsed) + kUserNameIsFoo + kXIs4)));
}

TEST_F(TwoUsers, ASecondUseIsAnsweredAgain) {
  table.send(1, infoSo(1, kSetX));
  table.told(1);
  table.send(1, infoSo(1, kUse));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(2, std::string(kUsed) + kXIs4)));
}

TEST_F(TwoUsers, ManyUsesInOneMessageAreAnsweredOnce) {
  table.send(1, infoSo(1, std::string(kUse) + kUse + kReleaseEvent + kUse));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(1, kUsed)));
}

TEST_F(TwoUsers, SeveralSetsOfOneMessageTravelInOneMessage) {
  const std::string p = "0000000c 000170 003ff0000000000000 ";
  const std::string q = "00000005 000171 0101 ";
  table.send(1, infoSo(5, "03" + p + "03" + q));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(2, "05 00000003 000170 05 00000003 000171")));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(2, "04" + p + "04" + q)));
}

TEST_F(TwoUsers, AnUnchangedSetIsNobodyElsesConcern) {
  table.send(1, infoSo(1, kSetX));
  table.told(1);
  table.told(2);
  table.send(2, infoSo(2, kSetX));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(2, kXAccepted))) << "and no new version";
  EXPECT_THAT(table.told(1), IsEmpty());
}

TEST_F(TwoUsers, ADeleteIsToldToAll) {
  table.send(1, infoSo(1, kSetX));
  table.told(1);
  table.told(2);
  table.send(2, infoSo(2, kRemoveX));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(3, kXRemoved)));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(3, kXRemoved)));
}

TEST_F(TwoUsers, ADeleteOfNothingIsAnsweredOnly) {
  table.send(2, infoSo(1, kRemoveX));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(1, kXRemoved)));
  EXPECT_THAT(table.told(1), IsEmpty());
}

TEST_F(TwoUsers, NullAndUndefinedDelete) {
  for (const char* value : {"05", "06"}) {
    table.send(1, infoSo(1, kSetX));
    table.told(1);
    table.told(2);
    table.send(1, infoSo(1, std::string("03 00000004 000178") + value));
    const auto answers = table.told(1);
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0], infoSo(answers[0][12], std::string(kXAccepted) + kXRemoved));
    EXPECT_THAT(table.told(2), ElementsAre(infoSo(answers[0][12], kXRemoved)));
  }
}

TEST_F(TwoUsers, ASendReachesAllAndChangesNothing) {
  const std::string say = "06 00000014 02 0003736179 0200026869 003ff0000000000000";
  table.send(2, infoSo(3, say));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(1, say)));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(1, say)));
}

TEST_F(TwoUsers, WhatStandsInOneMessageKeepsItsOrder) {
  const std::string say = "06 00000009 02 00066e6f61726773 ";
  table.send(1, infoSo(1, kSetX + say + kSetUserName));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(2, kXIs4 + say + kUserNameIsFoo)));
}

TEST_F(TwoUsers, ReleaseIsNotAnsweredAndEndsTheTelling) {
  table.send(1, infoSo(1, kReleaseEvent));
  table.send(2, infoSo(1, kSetX));
  EXPECT_THAT(table.told(1), IsEmpty());
  table.send(1, infoSo(1, kRemoveX));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(0, kNoWrite))) << "a write without use";
}

TEST_F(TwoUsers, ATemporaryObjectGoesWithItsLastUser) {
  table.send(1, infoSo(1, kSetX));
  table.end(1);
  table.end(1);
  EXPECT_EQ(table.objects.size(), 1U);
  table.send(2, infoSo(1, kReleaseEvent));
  EXPECT_EQ(table.objects.size(), 0U);
  table.send(2, infoSo(0, kUse));
  EXPECT_THAT(table.told(2).back(), infoSo(1, kUsed)) << "a new one";
}

TEST_F(TwoUsers, OnePersistenceExcludesTheOther) {
  table.send(3, infoSo(0, kUse, 2));
  EXPECT_THAT(table.told(3),
              ElementsAre(infoSo(0,
                                 "07 00000024 001b 5368617265644f626a6563742e42616450657273697374"
                                 "656e6365 0005 6572726f72",
                                 2)));
}

TEST(SharedObjects, APersistentOneStaysWithoutUsersAsLongAsTheNodeRuns) {
  ObjectTable table;
  table.send(1, infoSo(0, std::string(kUse) + kSetX, 2));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(2, std::string(kUsed) + kXIs4 + kXAccepted, 2)));
  table.end(1);
  table.send(2, infoSo(0, kUse, 2));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(2, std::string(kUsed) + kXIs4, 2)));
}

TEST(SharedObjects, ANamelessOneIsNotFound) {
  ObjectTable table;
  table.send(1, test::hex("0000 00000000 00000000 00000000 01 00000000"));
  EXPECT_THAT(table.told(1),
              ElementsAre(test::hex("0000 00000000 00000000 00000000 07 00000023 001a"
                                    "5368617265644f626a6563742e4e6f4f626a656374466f756e64"
                                    "0005 6572726f72")));
}

TEST(SharedObjects, EachUserIsToldInTheEncodingItUses) {
  ObjectTable table;
  Bytes use = infoSo(0, kUse);
  use.insert(use.begin(), 0);
  table.send(1, use, Encoding::Amf3);
  table.send(2, infoSo(0, kUse));
  table.told(1);
  table.told(2);
  table.send(2, infoSo(1, kSetUserName));
  Bytes change = infoSo(2, "04 00000010 0008757365724e616d65 11 0607466f6f");
  change.insert(change.begin(), 0);
  EXPECT_THAT(table.told(1), ElementsAre(change));
  Bytes set = infoSo(2, "03 0000000d 000178 11054010000000000000");
  set.insert(set.begin(), 0);
  table.send(1, set, Encoding::Amf3);
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(2, kUserNameAccepted), infoSo(3, kXIs4)));
}

TEST(SharedObjects, TheSameBytesGoToAllThatWereNotAsked) {
  ObjectTable table;
  for (UserId user = 1; user <= 1000; ++user) table.send(user, infoSo(0, kUse));
  ObjectActions actions;
  const auto set =
      rtmp::parseSharedObject(ObjectTable::messageOf(infoSo(1, kSetX), Encoding::Amf0));
  table.objects.onMessage({7, "", "live", Encoding::Amf0},
                          std::make_shared<const ObjectRequest>(ObjectRequest{*set, 10}), actions);
  ASSERT_EQ(actions.size(), 1U);
  ASSERT_EQ(actions[0].step.deliveries.size(), 2U);
  EXPECT_THAT(actions[0].step.deliveries[0].to, ElementsAre(7));
  EXPECT_EQ(actions[0].step.deliveries[1].to.size(), 999U);
}

SharedObjects::Settings limited(std::size_t slots, std::size_t slotBytes, std::size_t bytes) {
  SharedObjects::Settings settings;
  settings.options.maxSlots = slots;
  settings.options.maxSlotBytes = slotBytes;
  settings.options.maxObjectBytes = bytes;
  return settings;
}

TEST(SharedObjectLimits, RefuseTheWholeMessageAndTellTheSlotsAsTheyAre) {
  // x takes 12 bytes, userName 16.
  for (const auto& settings : {limited(1, 100, 100), limited(9, 15, 100), limited(9, 100, 27)}) {
    ObjectTable table(settings);
    table.send(1, infoSo(0, std::string(kUse) + kSetX));
    table.told(1);
    table.send(1, infoSo(2, std::string(kRemoveX) + kSetX + kSetUserName));
    EXPECT_THAT(table.told(1), ElementsAre(infoSo(2, std::string(kNoWrite) + kXIs4)));
    table.send(1, infoSo(2, kSetX));
    EXPECT_THAT(table.told(1), ElementsAre(infoSo(2, kXAccepted))) << "what is there may stay";
  }
}

TEST(SharedObjectLimits, CountWhatTheMessageLeaves) {
  ObjectTable table(limited(1, 100, 27));
  table.send(1, infoSo(0, std::string(kUse) + kSetX));
  table.told(1);
  table.send(1, infoSo(2, std::string(kSetUserName) + kRemoveX));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(3, std::string(kUserNameAccepted) + kXRemoved)));
}

TEST(SharedObjectLimits, BoundObjectsPerAppAndPerClient) {
  SharedObjects::Settings settings;
  settings.options.maxObjectsPerApp = 2;
  settings.options.maxObjectsPerClient = 1;
  ObjectTable table(settings);
  const auto use = [&table](UserId client, const std::string& name) {
    table.send(client, rtmp::makeSharedObject(
                           {name, 0, false, {{SharedObject::EventType::Use, {}, {}, {}, {}}}})
                           .body);
    const auto told = table.told(client);
    if (told.size() != 1) return std::string("nothing");
    const auto answer = rtmp::parseSharedObject(ObjectTable::messageOf(told[0], Encoding::Amf0));
    return answer->events.at(0).name;
  };
  EXPECT_EQ(use(1, "a"), "");
  EXPECT_EQ(use(1, "a"), "") << "again";
  EXPECT_EQ(use(1, "b"), "SharedObject.ObjectCreationFailed") << "its second";
  EXPECT_EQ(use(2, "b"), "");
  EXPECT_EQ(use(3, "c"), "SharedObject.ObjectCreationFailed") << "the app's third";
  EXPECT_EQ(use(3, "a"), "");
  EXPECT_EQ(table.objects.size(), 2U);
}

TEST(SharedObjectLimits, BoundAllObjectsTogether) {
  SharedObjects::Settings settings;
  settings.options.maxTotalBytes = 10000;
  ObjectTable table(settings);
  const AmfValue text(std::string(3000, 'x'));
  for (const UserId user : {1U, 2U}) table.send(user, infoSo(0, kUse));
  table.told(1);
  const rtmp::SharedObjectEvent settingX{SharedObject::EventType::RequestChange, "x", text, {}, {}};
  table.send(1, rtmp::makeSharedObject({"info_so", 1, false, {settingX}}).body);
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(2, kXAccepted)));
  const auto inOther = [&](const rtmp::SharedObjectEvent& event) {
    table.send(1, rtmp::makeSharedObject({"other", 1, false, {event}}).body);
    const auto told = table.told(1);
    const auto answer = rtmp::parseSharedObject(ObjectTable::messageOf(told[0], Encoding::Amf0));
    return static_cast<int>(answer->events.at(0).type);
  };
  EXPECT_EQ(inOther({SharedObject::EventType::Use, {}, {}, {}, {}}), 11);
  EXPECT_EQ(inOther({SharedObject::EventType::RequestChange, "a", text, {}, {}}), 5);
  EXPECT_EQ(inOther({SharedObject::EventType::RequestChange, "b", text, {}, {}}), 7);
  table.end(2);
  table.send(1, infoSo(0, kReleaseEvent));
  EXPECT_EQ(inOther({SharedObject::EventType::RequestChange, "b", text, {}, {}}), 5)
      << "the first object is gone";
  // Persistent ones without a file stay: they are bounded as well.
  std::size_t made = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "kept" + std::to_string(i);
    table.send(3, rtmp::makeSharedObject({name,
                                          0,
                                          true,
                                          {{SharedObject::EventType::Use, {}, {}, {}, {}},
                                           {SharedObject::EventType::RequestChange, "a", 1, {}, {}},
                                           {SharedObject::EventType::Release, {}, {}, {}, {}}}})
                      .body);
    const auto told = table.told(3);
    if (told.empty()) {  // used, written and released in one message
      ++made;
      continue;
    }
    const auto answer = rtmp::parseSharedObject(ObjectTable::messageOf(told[0], Encoding::Amf0));
    EXPECT_EQ(answer->events.at(0).name, "SharedObject.ObjectCreationFailed");
    break;
  }
  EXPECT_LT(made, 10U);
}

/// Denies requests of that kind.
SharedObjects::Settings denying(NodeObjectRequest::Kind kind,
                                std::vector<NodeObjectRequest>* asked = nullptr) {
  SharedObjects::Settings settings;
  settings.options.allow = [kind, asked](const NodeObjectRequest& request) {
    if (asked != nullptr) asked->push_back(request);
    return request.kind != kind;
  };
  return settings;
}

TEST(SharedObjectAccess, IsRefusedWithTheStatusOfItsKind) {
  using Kind = NodeObjectRequest::Kind;
  ObjectTable noUse(denying(Kind::Use));
  noUse.send(1, infoSo(0, kUse));
  EXPECT_THAT(noUse.told(1), ElementsAre(infoSo(0,
                                                "07 00000022 0019 5368617265644f626a6563742e4e6f"
                                                "52656164416363657373 0005 6572726f72")));
  EXPECT_EQ(noUse.objects.size(), 0U);
  ObjectTable noCreation(denying(Kind::Create));
  noCreation.send(1, infoSo(0, kUse));
  EXPECT_THAT(noCreation.told(1),
              ElementsAre(infoSo(0,
                                 "07 0000002a 0021 5368617265644f626a6563742e4f626a65637443726561"
                                 "74696f6e4661696c6564 0005 6572726f72")));
}

TEST(SharedObjectAccess, IsAskedOnceForEachQuestion) {
  std::vector<NodeObjectRequest> asked;
  ObjectTable table(denying(NodeObjectRequest::Kind::Send, &asked));
  table.send(1, infoSo(0, kUse));
  table.send(1, infoSo(0, kUse));
  ASSERT_EQ(asked.size(), 2U) << "once for each question";
  EXPECT_EQ(asked[0].kind, NodeObjectRequest::Kind::Use);
  EXPECT_EQ(asked[1].kind, NodeObjectRequest::Kind::Create);
}

TEST(SharedObjectAccess, IsAskedForEachWriteWithSlotAndValue) {
  std::vector<NodeObjectRequest> asked;
  ObjectTable table(denying(NodeObjectRequest::Kind::Write, &asked));
  table.send(9, infoSo(0, kUse));
  table.told(9);
  asked.clear();
  table.send(9, infoSo(0, kSetX));
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].client, 9U);
  EXPECT_EQ(asked[0].app, "live");
  EXPECT_EQ(asked[0].name, "info_so");
  EXPECT_EQ(asked[0].slot, "x");
  EXPECT_EQ(asked[0].value, AmfValue(4));
  EXPECT_THAT(table.told(9), ElementsAre(infoSo(1, kNoWrite)));
}

TEST(SharedObjectAccess, ARefusedSendIsNotAnswered) {
  ObjectTable table(denying(NodeObjectRequest::Kind::Send));
  table.send(1, infoSo(0, kUse));
  table.told(1);
  table.send(1, infoSo(6, "06 00000009 02 00066e6f61726773"));
  EXPECT_THAT(table.told(1), IsEmpty());
}

}  // namespace
}  // namespace multiconnection::node
