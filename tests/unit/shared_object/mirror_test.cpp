#include "shared_object/mirror.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "unit/session/shared_object_support.hpp"

namespace multiconnection::shared_object {
namespace {

using namespace session::test;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A mirror and the servers' side of it.
class Array {
 public:
  explicit Array(std::size_t servers, SharedObjectOptions options = {})
      : mirror("so", Persistence::Temporary, options) {
    std::vector<ServerId> ids;
    for (ServerId server = 0; server < servers; ++server) ids.push_back(server);
    mirror.begin(ids, now);
  }
  Array(std::size_t servers, MirrorMode mode) : Array(servers, optionsOf(mode)) {}

  /// "1: set x 4": what goes to which server.
  using Lines = std::vector<std::string>;

  template <class Step>
  Lines does(Step step) {
    Mirror::Actions out;
    step(out);
    Lines lines;
    for (const auto& [server, actions] : out) {
      for (const std::string& request : requests(actions.send)) {
        lines.push_back(std::to_string(server) + ": " + request);
      }
    }
    return lines;
  }
  Lines sets(const std::vector<AmfObject::Member>& slots) {
    return does([&](Mirror::Actions& out) { done = mirror.set(slots, now, out); });
  }
  Lines says(ServerId server, Events events) {
    const rtmp::SharedObjectMessage message{"so", ++version_, false, std::move(events)};
    return does([&](Mirror::Actions& out) { mirror.onMessage(server, message, now, out); });
  }
  /// The server answers `use` with that content.
  Lines uses(ServerId server, const AmfObject& content = {}) {
    does([&](Mirror::Actions& out) { mirror.onConnected(server, now, out); });
    Events events{useSuccess()};
    for (const auto& [slot, value] : content) events.push_back(changeEvent(slot, value));
    return says(server, std::move(events));
  }
  void usesAll(std::size_t servers, const AmfObject& content = {}) {
    for (ServerId server = 0; server < servers; ++server) uses(server, content);
  }
  Lines passes(Mirror::Clock::duration time) {
    now += time;
    return does([&](Mirror::Actions& out) { mirror.onTick(now, out); });
  }

  Mirror mirror;
  Mirror::Clock::time_point now{};
  Result<void> done{};

 private:
  static SharedObjectOptions optionsOf(MirrorMode mode) {
    SharedObjectOptions options;
    options.mode = mode;
    return options;
  }
  std::uint32_t version_ = 0;
};

TEST(Mirror, WritesToEveryServerThatIsReadyAndQueuesForTheOthers) {
  Array array(3);
  array.uses(0);
  array.uses(2);
  EXPECT_THAT(array.sets({{"x", 1}, {"y", 2}}),
              ElementsAre("0: set x 1, set y 2", "2: set x 1, set y 2"));
  array.sets({{"x", 3}});
  EXPECT_THAT(array.uses(1), ElementsAre("1: set y 2, set x 3"));
}

TEST(Mirror, KeepsWhatWasWrittenBeforeThereWereServers) {
  Mirror mirror("so", Persistence::Temporary, {});
  Mirror::Actions out;
  ASSERT_TRUE(mirror.set({{"x", 1}, {"y", 2}}, {}, out));
  ASSERT_TRUE(mirror.set({{"y", nullptr}}, {}, out));
  EXPECT_EQ(mirror.get("x"), 1);
  EXPECT_EQ(mirror.data(), (AmfObject{{"x", 1}}));
  EXPECT_EQ(mirror.bytes(), 2U + 1 + 9);
  EXPECT_THAT(out, IsEmpty());
  mirror.begin({7}, {});
  EXPECT_EQ(mirror.get("x"), 1);
  mirror.onConnected(7, {}, out);
  mirror.onMessage(7, {"so", 1, false, {useSuccess(), changeEvent("y", 5)}}, {}, out);
  EXPECT_THAT(requests(out.back().second.send), ElementsAre("set x 1, delete y"));
}

TEST(Mirror, NullAndUndefinedDelete) {
  Array array(1);
  array.uses(0, {{"x", 1}, {"y", 1}});
  EXPECT_THAT(array.sets({{"x", nullptr}, {"y", {}}}), ElementsAre("0: delete x, delete y"));
  EXPECT_TRUE(array.mirror.get("x").isUndefined());
}

TEST(Mirror, ReadsOnesOwnWritesElseTheFirstReadyServer) {
  Array array(2);
  array.uses(1, {{"x", "one"}});
  EXPECT_EQ(array.mirror.get("x"), "one");
  array.uses(0, {{"x", "zero"}, {"y", 1}});
  EXPECT_EQ(array.mirror.get("x"), "zero");
  array.sets({{"x", "mine"}});
  EXPECT_EQ(array.mirror.get("x"), "mine");
  EXPECT_EQ(array.mirror.data(), (AmfObject{{"x", "mine"}, {"y", 1}}));
  array.says(0, {noWriteAccess()});
  EXPECT_EQ(array.mirror.get("x"), "zero");
  array.mirror.onLost(0);
  EXPECT_EQ(array.mirror.get("x"), "mine") << "at the other server it is under way";
}

TEST(Mirror, NamesTheSlotsThatDiffer) {
  Array array(3);
  array.uses(0, {{"same", 1}, {"other", 1}, {"missing", 1}});
  array.uses(1, {{"same", 1}, {"other", 2}, {"more", 3}});
  EXPECT_THAT(array.mirror.divergent(), ElementsAre("missing", "more", "other"));
  array.mirror.onLost(1);
  EXPECT_THAT(array.mirror.divergent(), IsEmpty()) << "of those that are ready";
}

TEST(Mirror, ClearsEachServerOfWhatItHas) {
  Array array(2);
  array.uses(0, {{"x", 1}});
  array.uses(1, {{"y", 1}});
  EXPECT_THAT(array.does([&](Mirror::Actions& out) { array.mirror.clear(array.now, out); }),
              ElementsAre("0: delete x", "1: delete y"));
}

TEST(Mirror, SendsAMessageToThoseThatAreReady) {
  Array array(2);
  Mirror::Actions out;
  const auto early = array.mirror.send("say", {}, out);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, Errc::InvalidState);
  array.uses(1);
  EXPECT_THAT(array.does([&](Mirror::Actions& actions) {
    array.done = array.mirror.send("say", {"hi", 1}, actions);
  }),
              ElementsAre("1: send say"));
  EXPECT_THAT(array.uses(0), IsEmpty()) << "it is never sent again";
}

TEST(Mirror, ForgetsAServerThatIsTakenAway) {
  Array array(2, MirrorMode::Mirror);
  array.usesAll(2);
  array.mirror.removeServer(0);
  array.mirror.removeServer(9);
  EXPECT_EQ(array.mirror.copy(0), nullptr);
  EXPECT_THAT(array.sets({{"x", 1}}), ElementsAre("1: set x 1"));
  EXPECT_THAT(array.says(0, {changeEvent("x", 2)}), IsEmpty());
}

TEST(Mirror, ReleasesOneServer) {
  Array array(2);
  array.usesAll(2);
  EXPECT_THAT(array.does([&](Mirror::Actions& out) { array.mirror.release(1, out); }),
              ElementsAre("1: release"));
}

void expectRefused(Array& array, const std::vector<AmfObject::Member>& slots, Errc code,
                   const std::string& text) {
  const AmfObject before = array.mirror.data();
  EXPECT_THAT(array.sets(slots), IsEmpty());
  ASSERT_FALSE(array.done) << text;
  EXPECT_EQ(array.done.error().code, code) << array.done.error();
  EXPECT_THAT(array.done.error().message, HasSubstr(text));
  EXPECT_EQ(array.mirror.data(), before) << "nothing is written";
}

TEST(MirrorLimit, NamesWhatIsRefused) {
  Array array(1, SharedObjectOptions{.maxSlots = 2, .maxSlotBytes = 40, .maxObjectBytes = 60});
  array.uses(0);
  expectRefused(array, {{"ok", 1}, {"", 1}}, Errc::InvalidArgument, "a slot name of 0 bytes");
  expectRefused(array, {{std::string(65536, 'n'), 1}}, Errc::InvalidArgument, "65536");
  expectRefused(array, {{"big", std::string(33, 'x')}}, Errc::LimitExceeded,
                "slot \"big\" of 41 bytes: the limit is 40");
  expectRefused(array, {{"a", 1}, {"b", 2}, {"c", 3}}, Errc::LimitExceeded,
                "slot \"c\" would be number 3: the limit is 2");
  AmfValue deep = 1;
  for (int level = 0; level < 33; ++level) deep = AmfArray{deep};
  expectRefused(array, {{"deep", deep}}, Errc::LimitExceeded, "slot \"deep\"");
  array.sets({{"a", std::string(20, 'x')}});
  expectRefused(array, {{"b", std::string(32, 'x')}}, Errc::LimitExceeded, "bytes of the object");
  array.sets({{"b", 1}});
  EXPECT_TRUE(array.done) << array.done.error();
  array.sets({{"a", 1}});
  EXPECT_TRUE(array.done) << "a slot may be replaced";
}

TEST(MirrorLimit, LetsAnObjectThatIsTooLargeShrink) {
  Array array(1, SharedObjectOptions{.maxSlots = 2});
  array.uses(0, {{"a", 1}, {"b", 1}});
  EXPECT_THAT(array.sets({{"a", {}}, {"c", 1}}), ElementsAre("0: delete a, set c 1"));
}

TEST(MirrorLimit, BoundsMessages) {
  Array array(1, SharedObjectOptions{.maxObjectBytes = 100});
  array.uses(0);
  Mirror::Actions out;
  EXPECT_FALSE(array.mirror.send("", {}, out));
  EXPECT_FALSE(array.mirror.send("say", {std::string(100, 'x')}, out));
  EXPECT_THAT(out, IsEmpty());
}

TEST(MirrorIndependent, KeepsTheServersApart) {
  Array array(2);
  array.usesAll(2, {{"x", 1}});
  EXPECT_THAT(array.says(0, {changeEvent("x", 2), removeEvent("y")}), IsEmpty());
  EXPECT_THAT(array.mirror.divergent(), ElementsAre("x"));
}

TEST(MirrorIndependent, GivesALateServerWhatWasSet) {
  Array array(1);
  array.uses(0);
  array.sets({{"x", 1}, {"z", 1}});
  array.says(0, {successEvent("x"), successEvent("z"), changeEvent("y", 2), changeEvent("z", 3)});
  array.mirror.addServer(1, 1, array.now);
  EXPECT_THAT(array.uses(1, {{"z", 9}}), ElementsAre("1: set x 1"));
}

TEST(MirrorIndependent, ReadsTheFirstServerThatIsReadyThoughItCameLast) {
  Array array(1);
  array.uses(0, {{"x", 1}});
  array.mirror.addServer(7, 0, array.now);
  EXPECT_EQ(array.mirror.get("x"), AmfValue(1));
  array.uses(7, {{"x", 2}});
  EXPECT_EQ(array.mirror.get("x"), AmfValue(2));
}

TEST(MirrorIndependent, ForgetsWhatWasSetOnceOthersHaveDeletedIt) {
  Array array(1);
  array.uses(0);
  for (int i = 0; i < 5000; ++i) {
    const std::string slot = "s" + std::to_string(i);
    array.sets({{slot, i}});
    array.says(0, {successEvent(slot)});
    if (i != 4999) array.says(0, {removeEvent(slot)});
  }
  array.mirror.addServer(1, 1, array.now);
  EXPECT_THAT(array.uses(1), ElementsAre("1: set s4999 4999"));
}

TEST(MirrorMode, WritesToTheOthersWhatSomebodyChangedOnOne) {
  Array array(3, MirrorMode::Mirror);
  array.usesAll(3, {{"x", 1}, {"y", 1}});
  EXPECT_THAT(array.says(1, {changeEvent("x", 2), removeEvent("y")}),
              ElementsAre("0: set x 2, delete y", "2: set x 2, delete y"));
  EXPECT_THAT(array.says(0, {successEvent("x"), removeEvent("y")}), IsEmpty());
  EXPECT_THAT(array.says(2, {changeEvent("x", 2)}), IsEmpty()) << "who else wrote it there";
}

TEST(MirrorMode, DoesNotWriteOverAnOwnWriteThatWins) {
  Array array(2, MirrorMode::Mirror);
  array.usesAll(2);
  array.sets({{"x", "mine"}});
  EXPECT_THAT(array.says(0, {changeEvent("x", "theirs")}), IsEmpty());
  EXPECT_THAT(array.says(0, {successEvent("x")}), IsEmpty());
  array.says(1, {successEvent("x")});
  EXPECT_THAT(array.mirror.divergent(), IsEmpty());
}

TEST(MirrorMode, EmptiesTheOthersWithOne) {
  Array array(2, MirrorMode::Mirror);
  array.usesAll(2, {{"x", 1}, {"y", 1}});
  EXPECT_THAT(array.says(0, {clearEvent()}), ElementsAre("1: delete x, delete y"));
}

TEST(MirrorMode, ALateServerFollowsThoseThatWereThere) {
  Array array(2, MirrorMode::Mirror);
  array.uses(0, {{"x", 1}, {"y", 1}});
  EXPECT_THAT(array.uses(1, {{"x", 2}, {"z", 3}}),
              ElementsAre("1: set x 1, set y 1", "0: set z 3"));
}

TEST(MirrorMode, TakesWhatChangedDuringAnAbsence) {
  Array array(2, MirrorMode::Mirror);
  array.usesAll(2, {{"x", 1}, {"y", 1}});
  array.mirror.onLost(1);
  EXPECT_THAT(array.uses(1, {{"x", 2}}), ElementsAre("1: set y 1", "0: set x 2"))
      << "a temporary object lost y";
}

TEST(MirrorMode, DoesNotWriteAgainWhatAServerRefused) {
  Array array(2, MirrorMode::Mirror);
  array.usesAll(2, {{"x", 1}});
  EXPECT_THAT(array.says(0, {changeEvent("x", 2)}), ElementsAre("1: set x 2"));
  EXPECT_THAT(array.says(1, {noWriteAccess(), changeEvent("x", 1)}), IsEmpty());
  EXPECT_THAT(array.says(0, {changeEvent("x", 2)}), IsEmpty());
  EXPECT_THAT(array.says(0, {changeEvent("x", 3)}), ElementsAre("1: set x 3")) << "a new value";
}

TEST(MirrorMode, ARefusedSlotDoesNotTakeOthersWithIt) {
  Array array(2, MirrorMode::Mirror);
  array.usesAll(2);
  EXPECT_THAT(array.says(0, {changeEvent("x", 2), changeEvent("y", 3)}),
              ElementsAre("1: set x 2, set y 3"));
  EXPECT_THAT(array.says(1, {noWriteAccess()}), ElementsAre("1: set x 2", "1: set y 3"));
}

TEST(MirrorMode, LeavesAValueThatComesAgainAndAgainUntilItIsQuiet) {
  Array array(2, MirrorMode::Mirror);
  array.usesAll(2);
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_THAT(array.says(0, {changeEvent("x", true)}), ElementsAre("1: set x true"));
    EXPECT_THAT(array.says(0, {changeEvent("x", false)}), ElementsAre("1: set x false"));
    array.says(1, {successEvent("x"), successEvent("x")});
  }
  EXPECT_THAT(array.says(0, {changeEvent("x", true)}), IsEmpty());
  EXPECT_THAT(array.says(0, {changeEvent("x", "new")}), ElementsAre("1: set x \"new\""));
  array.says(1, {successEvent("x")});
  EXPECT_THAT(array.says(0, {changeEvent("x", true)}), IsEmpty());
  ASSERT_TRUE(array.mirror.deadline());
  // "new" is larger as AMF0: a client that stands for it would come first.
  EXPECT_EQ(*array.mirror.deadline(), array.now + 4s);
  EXPECT_THAT(array.passes(4s - 1ms), IsEmpty());
  EXPECT_THAT(array.passes(1ms), ElementsAre("1: set x true")) << "what stands there last";
  EXPECT_FALSE(array.mirror.deadline());
}

TEST(PrimaryWins, SpreadsThePrimarysChangesAndUndoesTheOthers) {
  Array array(3, MirrorMode::PrimaryWins);
  array.usesAll(3, {{"x", 1}});
  EXPECT_THAT(array.says(0, {changeEvent("x", 2)}), ElementsAre("1: set x 2", "2: set x 2"));
  array.says(1, {successEvent("x")});
  array.says(2, {successEvent("x")});
  EXPECT_THAT(array.says(1, {changeEvent("x", 3), changeEvent("y", 4)}),
              ElementsAre("1: set x 2, delete y"));
  array.says(1, {successEvent("x"), removeEvent("y")});
  EXPECT_THAT(array.says(0, {clearEvent()}), ElementsAre("1: delete x", "2: delete x"));
}

TEST(PrimaryWins, TheNextServerIsPrimaryWhileTheFirstIsAway) {
  Array array(2, MirrorMode::PrimaryWins);
  array.usesAll(2, {{"x", 1}});
  array.mirror.onLost(0);
  EXPECT_THAT(array.says(1, {changeEvent("x", 2)}), IsEmpty());
  EXPECT_THAT(array.uses(0, {{"x", 1}}), ElementsAre("0: set x 2"));
}

TEST(PrimaryWins, ASnapshotThatDiffersIsPutRight) {
  Array array(2, MirrorMode::PrimaryWins);
  array.uses(0, {{"x", 1}, {"y", 1}});
  EXPECT_THAT(array.uses(1, {{"x", 2}, {"z", 3}}),
              ElementsAre("1: set x 1, set y 1", "1: delete z"));
}

TEST(PrimaryWins, RepairsWhatThePrimaryRefused) {
  Array array(2, MirrorMode::PrimaryWins);
  array.usesAll(2, {{"x", 1}});
  array.sets({{"x", 2}});
  array.says(1, {successEvent("x")});
  EXPECT_THAT(array.says(0, {noWriteAccess()}), ElementsAre("1: set x 1"));
}

TEST(PrimaryWins, IsNotOverruledByWhoeverInsists) {
  Array array(2, MirrorMode::PrimaryWins);
  array.usesAll(2, {{"x", 1}});
  std::size_t writes = 0;
  for (int turn = 2; turn < 20; ++turn) {
    const auto lines = array.says(1, {changeEvent("x", turn)});
    for (const auto& line : lines) EXPECT_EQ(line, "1: set x 1");
    writes += lines.size();
    array.now += 50ms;
    if (!lines.empty()) array.says(1, {successEvent("x")});
  }
  EXPECT_LE(writes, 3U) << "the contest is left to itself for a while";
  EXPECT_EQ(array.mirror.get("x"), 1);
  ASSERT_TRUE(array.mirror.deadline());
  EXPECT_THAT(array.passes(*array.mirror.deadline() - array.now), ElementsAre("1: set x 1"));
}

TEST(PrimaryWins, DoesNotUndoInVain) {
  Array array(2, MirrorMode::PrimaryWins);
  array.usesAll(2, {{"x", 1}});
  EXPECT_THAT(array.says(1, {changeEvent("x", 2)}), ElementsAre("1: set x 1"));
  EXPECT_THAT(array.says(1, {changeEvent("x", 2), noWriteAccess()}), IsEmpty());
  EXPECT_THAT(array.says(1, {noWriteAccess(), changeEvent("x", 2)}), IsEmpty());
}

}  // namespace
}  // namespace multiconnection::shared_object
