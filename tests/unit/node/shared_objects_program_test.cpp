#include <gmock/gmock.h>

#include "object_table.hpp"

namespace multiconnection::node {
namespace {

using rtmp::Encoding;
using testing::ElementsAre;
using testing::IsEmpty;
using ActionKind = ObjectAction::Kind;

constexpr std::uint64_t kHandle = 5;
const ObjectKey kInfoSo{"live", "info_so"};

/// Clients 1 and 2 use what the program has a handle for, and were told.
class ProgramsObject : public testing::Test {
 protected:
  void SetUp() override {
    for (const UserId user : {1U, 2U}) {
      table.send(user, infoSo(0, kUse));
      table.told(user);
    }
    act([](SharedObjects& objects, ObjectActions& out) {
      objects.open(kInfoSo, false, kHandle, out);
    });
  }
  template <class Step>
  void act(Step step) {
    ObjectActions actions;
    step(table.objects, actions);
    table.carryOut(actions);
  }
  void set(const std::string& slot, const AmfValue& value) {
    act([&](SharedObjects& objects, ObjectActions& out) {
      objects.write(kInfoSo, kHandle, false,
                    {{SharedObject::EventType::RequestChange, slot, value, {}, {}}}, {}, out);
    });
  }

  ObjectTable table;
};

TEST_F(ProgramsObject, ItsWritesAreChangesForAll) {
  set("x", 4);
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(2, kXIs4)));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(2, kXIs4)));
}

TEST_F(ProgramsObject, WhileItIsLockedClientsWaitAndThenHearAllInOneMessage) {
  for (int i = 0; i < 2; ++i) {
    act([](auto& objects, auto& out) { objects.lock(kInfoSo, kHandle, out); });
  }
  table.send(1, infoSo(1, kSetX));
  table.send(2, infoSo(1, kSetUserName));
  set("x", 5);
  act([](auto& objects, auto& out) { objects.unlock(kInfoSo, kHandle, out); });
  EXPECT_THAT(table.told(1), IsEmpty()) << "locked twice";
  act([](auto& objects, auto& out) { objects.unlock(kInfoSo, kHandle, out); });
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(2, std::string(kXAccepted) + kUserNameIsFoo)));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(2, std::string(kXIs4) + kUserNameAccepted)))
      << "the program's 5 was replaced in the same round";
}

TEST_F(ProgramsObject, WhatCannotWaitIsRefusedInItsTurn) {
  act([](auto& objects, auto& out) { objects.lock(kInfoSo, kHandle, out); });
  for (int i = 0; i < 1024; ++i) table.send(1, infoSo(1, kSetX));
  table.send(1, infoSo(1, kSetUserName));
  table.send(2, infoSo(1, kReleaseEvent));
  table.send(3, infoSo(1, kUse));
  EXPECT_THAT(table.told(1), IsEmpty());
  EXPECT_THAT(table.told(3), IsEmpty());
  act([](auto& objects, auto& out) { objects.unlock(kInfoSo, kHandle, out); });
  std::string accepted;
  for (int i = 0; i < 1024; ++i) accepted += kXAccepted;
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(2, accepted + kNoWrite)));
  EXPECT_THAT(table.told(2), IsEmpty()) << "released";
  EXPECT_THAT(table.told(3), ElementsAre(infoSo(0, kNoCreation)));
}

TEST_F(ProgramsObject, ClearIsToldAsOne) {
  set("x", 4);
  table.told(1);
  act([](auto& objects, auto& out) { objects.write(kInfoSo, kHandle, true, {}, {}, out); });
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(3, "08 00000000")));
}

TEST_F(ProgramsObject, KeepsATemporaryObjectAndItsEndUnlocks) {
  act([](auto& objects, auto& out) { objects.lock(kInfoSo, kHandle, out); });
  table.end(1);
  table.send(2, infoSo(1, kSetX));
  act([](auto& objects, auto& out) { objects.close(kInfoSo, kHandle, out); });
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(2, kXAccepted)));
  table.end(2);
  EXPECT_EQ(table.objects.size(), 0U);
}

TEST_F(ProgramsObject, ReadsAndIsToldWhatCannotBe) {
  set("x", 4);
  AmfObject slots;
  act([&](auto& objects, auto& out) {
    objects.read(
        kInfoSo, kHandle, [&](const auto& read) { slots = *read; }, out);
  });
  EXPECT_EQ(slots, (AmfObject{{"x", 4}}));
  Result<void> done;
  act([&](auto& objects, auto& out) {
    const AmfValue large(std::string(1 << 20, 'x'));
    objects.write(
        kInfoSo, kHandle, false, {{SharedObject::EventType::RequestChange, "y", large, {}, {}}},
        [&](const auto& result) { done = result; }, out);
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::LimitExceeded);
  done = {};
  act([&](auto& objects, auto& out) {
    const AmfValue large(std::string(17 << 20, 'x'));
    objects.write(
        kInfoSo, kHandle, false, {{SharedObject::EventType::SendMessage, "say", {}, {large}, {}}},
        [&](const auto& result) { done = result; }, out);
    EXPECT_TRUE(out.empty());
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::LimitExceeded);
  act([&](auto& objects, auto& out) {
    objects.open(kInfoSo, true, 6, out);
    objects.read(
        kInfoSo, 6, [&](const auto& read) { done = read.error(); }, out);
  });
  EXPECT_EQ(done.error().code, Errc::InvalidState) << "the other persistence";
}

/// `count` times null, inside of as many arrays as `depth` says.
AmfValue nested(std::size_t depth, std::size_t count) {
  AmfValue value(AmfArray(count, AmfValue(nullptr)));
  for (std::size_t i = 1; i < depth; ++i) value = AmfArray{value};
  return value;
}

rtmp::Message settingX(const AmfValue& value) {
  return rtmp::makeSharedObject(
      {"info_so", 1, false, {{SharedObject::EventType::RequestChange, "x", value, {}, {}}}});
}

TEST(SharedObjectLimits, RefuseWhatReadersWouldRefuse) {
  ObjectTable table;
  amf::Limits generous;
  generous.maxValues = 1 << 20;
  generous.maxDepth = 64;
  const auto set = [&](UserId client, const rtmp::Message& message) {
    const auto request = rtmp::parseSharedObject(message, generous);
    ASSERT_TRUE(request) << request.error();
    ObjectActions actions;
    table.objects.onMessage(
        {client, "", "live", Encoding::Amf0},
        std::make_shared<const ObjectRequest>(ObjectRequest{*request, message.body.size()}),
        actions);
    table.carryOut(actions);
  };
  table.send(1, infoSo(0, kUse));
  table.told(1);
  // Events 11, 8 and 4, the array and what is in it: 65,536.
  set(1, settingX(nested(1, 65532)));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(2, kXAccepted)));
  table.send(2, infoSo(0, kUse));
  const auto all = table.told(2);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(rtmp::parseSharedObject(ObjectTable::messageOf(all[0], Encoding::Amf0)));
  table.send(2, infoSo(0, kSetUserName));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(2, kNoWrite))) << "one more";
  table.send(1, infoSo(0, kRemoveX));
  table.told(1);
  set(1, settingX(nested(1, 65533)));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(3, kNoWrite)));
  set(1, settingX(nested(33, 1)));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(3, kNoWrite)));
  set(1, settingX(nested(32, 1)));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(4, kXAccepted)));
  table.told(2);
  const rtmp::SharedObjectMessage send{
      "info_so",
      1,
      false,
      {{SharedObject::EventType::SendMessage, "say", {}, {nested(1, 65534)}, {}}}};
  set(1, rtmp::makeSharedObject(send));
  EXPECT_THAT(table.told(2), IsEmpty());
}

TEST(SharedObjectLimits, ALongRoundIsToldInMessagesThatCanBeRead) {
  ObjectTable table;
  table.send(1, infoSo(0, kUse));
  table.told(1);
  ObjectActions actions;
  table.objects.open(kInfoSo, false, kHandle, actions);
  table.objects.lock(kInfoSo, kHandle, actions);
  const rtmp::SharedObjectMessage send{
      "info_so",
      1,
      false,
      {{SharedObject::EventType::SendMessage, "say", {}, {nested(1, 30000)}, {}}}};
  for (int i = 0; i < 3; ++i) table.send(1, rtmp::makeSharedObject(send).body);
  table.send(1, settingX(nested(1, 60000)).body);
  table.send(1, infoSo(0, kUse));
  for (int i = 0; i < 3; ++i) table.send(1, rtmp::makeSharedObject(send).body);
  table.objects.unlock(kInfoSo, kHandle, actions);
  table.carryOut(actions);
  std::size_t sends = 0;
  std::size_t snapshots = 0;
  for (const Bytes& body : table.told(1)) {
    const auto message = rtmp::parseSharedObject(ObjectTable::messageOf(body, Encoding::Amf0));
    ASSERT_TRUE(message) << message.error();
    const auto& events = message->events;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i].type == SharedObject::EventType::SendMessage) ++sends;
      if (events[i].type != SharedObject::EventType::UseSuccess) continue;
      ++snapshots;
      ASSERT_GT(events.size(), i + 2) << "in one message";
      EXPECT_EQ(events[i + 2].name, "x");
    }
  }
  EXPECT_EQ(sends, 6U);
  EXPECT_EQ(snapshots, 1U);
}

SharedObjects::Settings stored() {
  SharedObjects::Settings settings;
  settings.stored = true;
  return settings;
}

StoredObject fileWithX() {
  StoredObject content;
  content.exists = true;
  content.slots["x"] = 4;
  content.version = 8;
  return content;
}

class StoredObjects : public testing::Test {
 protected:
  void load(Result<StoredObject> content) {
    ObjectActions actions;
    table.objects.loaded(kInfoSo, std::move(content), actions);
    table.carryOut(actions);
  }
  ObjectTable table{stored()};
};

TEST_F(StoredObjects, AreReadBeforeTheirUsersAreAnswered) {
  table.send(1, infoSo(0, kUse, 2));
  table.send(1, infoSo(0, kSetUserName, 2));
  EXPECT_THAT(table.told(1), IsEmpty());
  EXPECT_THAT(table.done, ElementsAre(ActionKind::Load));
  load(fileWithX());
  EXPECT_THAT(
      table.told(1),
      ElementsAre(infoSo(9, std::string(kUsed) + kUserNameIsFoo + kXIs4 + kUserNameAccepted, 2)));
  table.end(1);
  EXPECT_THAT(table.done, ElementsAre(ActionKind::Load, ActionKind::Used, ActionKind::Store,
                                      ActionKind::Released, ActionKind::Forget));
  EXPECT_EQ(table.objects.size(), 0U);
}

TEST_F(StoredObjects, AreNotCreatedWhereTheFileCannotBeRead) {
  table.send(1, infoSo(0, kUse, 2));
  load(Error{Errc::CorruptData, "broken"});
  const auto told = table.told(1);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(
      rtmp::parseSharedObject(ObjectTable::messageOf(told[0], Encoding::Amf0))->events.at(0).name,
      "SharedObject.ObjectCreationFailed");
  EXPECT_EQ(table.objects.size(), 0U);
}

TEST_F(StoredObjects, AreForgottenWhenTheirOnlyUserLeavesMeanwhile) {
  table.send(1, infoSo(0, kUse, 2));
  table.end(1);
  load(fileWithX());
  EXPECT_EQ(table.objects.size(), 0U);
}

TEST_F(StoredObjects, AreTakenBackWhatTheDiskDidNotTake) {
  for (const UserId user : {1U, 2U}) table.send(user, infoSo(0, kUse, 2));
  load(fileWithX());
  const auto set =
      rtmp::parseSharedObject(ObjectTable::messageOf(infoSo(1, kSetUserName, 2), Encoding::Amf0));
  ObjectActions actions;
  table.objects.onMessage({1, "", "live", Encoding::Amf0},
                          std::make_shared<const ObjectRequest>(ObjectRequest{*set, 10}), actions);
  ASSERT_EQ(actions.size(), 1U);
  table.told(1);
  table.told(2);
  ObjectActions after;
  table.objects.notStored(kInfoSo, fileWithX(), actions, {Errc::LimitExceeded, "full"}, after);
  table.carryOut(after);
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(10, std::string(kNoWrite) + kUsed + kXIs4, 2)));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(10, std::string(kUsed) + kXIs4, 2)));
}

TEST_F(StoredObjects, AreNotWrittenWhileTheDiskIsTooSlow) {
  table.send(1, infoSo(0, kUse, 2));
  load(fileWithX());
  table.told(1);
  table.objects.setDiskBusy(true);
  table.send(1, infoSo(1, kRemoveX, 2));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(8, kNoWrite, 2)))
      << "without the slot: answers wait for the disk, too";
  table.send(1, infoSo(0, kUse, 2));
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(0, kNoCreation, 2)));
  table.end(1);
  table.send(2, infoSo(0, kUse, 2));
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(0, kNoCreation, 2)));
  table.objects.setDiskBusy(false);
  table.send(2, infoSo(0, kUse, 2));
  load(fileWithX());
  EXPECT_THAT(table.told(2), ElementsAre(infoSo(8, std::string(kUsed) + kXIs4, 2)));
}

TEST_F(StoredObjects, AreUsedByNobodyAnyMoreWhenTheirFileIsLost) {
  for (const UserId user : {1U, 2U}) table.send(user, infoSo(0, kUse, 2));
  load(fileWithX());
  for (const UserId user : {1U, 2U}) table.told(user);
  ObjectActions after;
  const Error lost{Errc::LimitExceeded, "no memory"};
  table.objects.notStored(kInfoSo, lost, {}, lost, after);
  table.carryOut(after);
  for (const UserId user : {1U, 2U}) {
    EXPECT_THAT(table.told(user), ElementsAre(infoSo(0, kNoCreation, 2)));
  }
  EXPECT_EQ(table.done.back(), ActionKind::Forget);
  EXPECT_EQ(table.objects.size(), 0U);
  table.send(1, infoSo(0, kUse, 2));
  EXPECT_EQ(table.done.back(), ActionKind::Load) << "read again";
}

TEST(StoredObjectAccess, IsAskedBeforeAFileIsRead) {
  auto settings = stored();
  settings.options.allow = [](const NodeObjectRequest& request) {
    return request.kind != NodeObjectRequest::Kind::Use;
  };
  ObjectTable table(settings);
  table.send(1, infoSo(0, kUse, 2));
  EXPECT_THAT(table.done, ElementsAre(ActionKind::Tell));
  EXPECT_EQ(table.objects.size(), 0U);
}

TEST(StoredObjectAccess, CountsWhatIsBeingReadForAClient) {
  auto settings = stored();
  settings.options.maxObjectsPerClient = 1;
  ObjectTable table(settings);
  const auto use = [&table](const std::string& name) {
    table.send(
        1, rtmp::makeSharedObject({name, 0, true, {{SharedObject::EventType::Use, {}, {}, {}, {}}}})
               .body);
  };
  use("info_so");
  use("other");
  EXPECT_THAT(table.done, ElementsAre(ActionKind::Load, ActionKind::Tell)) << "refused at once";
  ObjectActions actions;
  table.objects.loaded(kInfoSo, Error{Errc::CorruptData, "broken"}, actions);
  table.carryOut(actions);
  table.told(1);
  use("other");
  EXPECT_EQ(table.done.back(), ActionKind::Load) << "its place is free again";
}

}  // namespace
}  // namespace multiconnection::node
