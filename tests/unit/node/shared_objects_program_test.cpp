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
  EXPECT_THAT(table.told(1), ElementsAre(infoSo(8, std::string(kNoWrite) + kXIs4, 2)));
}

}  // namespace
}  // namespace multiconnection::node
