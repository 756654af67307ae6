#include "node/fault_plan.hpp"

#include <gmock/gmock.h>

namespace multiconnection::node {
namespace {

using namespace std::chrono_literals;
using Kind = NodeFault::Kind;
using Moment = NodeFault::Moment;
using testing::ElementsAre;
using testing::IsEmpty;

NodeFault parsed(const std::string& text) {
  const auto fault = parseNodeFault(text);
  EXPECT_TRUE(fault) << (fault ? "" : fault.error().message);
  return fault ? *fault : NodeFault();
}

std::string errorOf(const std::string& text) {
  const auto fault = parseNodeFault(text);
  if (fault) return "none";
  EXPECT_EQ(fault.error().code, Errc::InvalidArgument);
  return fault.error().message;
}

std::vector<Kind> kindsOf(const std::vector<NodeFault>& faults) {
  std::vector<Kind> kinds;
  for (const NodeFault& fault : faults) kinds.push_back(fault.kind);
  return kinds;
}

TEST(ParseNodeFault, ReadsMomentKindValueAndOptions) {
  const NodeFault refusal = parsed("publish:refuse=NetStream.Publish.Denied,times=2,name=talk");
  EXPECT_EQ(refusal.moment, Moment::Publish);
  EXPECT_EQ(refusal.kind, Kind::Refuse);
  EXPECT_EQ(refusal.code, "NetStream.Publish.Denied");
  EXPECT_EQ(refusal.times, 2U);
  EXPECT_EQ(refusal.streamName, "talk");

  const NodeFault stall = parsed("media:stall=5000,messages=10,bytes=4000,ms=2000,every=3");
  EXPECT_EQ(stall.pause, 5000ms);
  EXPECT_EQ(stall.messages, 10U);
  EXPECT_EQ(stall.bytes, 4000U);
  EXPECT_EQ(stall.time, 2000ms);
  EXPECT_EQ(stall.every, 3U);

  EXPECT_EQ(parsed("media:drip=100").bytesPerSecond, 100U);
  EXPECT_EQ(parsed("connect:redirect=rtmp://[::1]:1936/live?a=b").url,
            "rtmp://[::1]:1936/live?a=b");
  const NodeFault chance = parsed("accept:reset,chance=0.25,seed=9");
  EXPECT_EQ(chance.chance, 0.25);
  EXPECT_EQ(chance.seed, 9U);
}

TEST(ParseNodeFault, ReadsEveryMomentAndKindByItsName) {
  for (const char* text :
       {"accept:close", "handshake:reset", "connect:refuse", "createStream:silent", "publish:stall",
        "media:garbage", "play:delay=1", "publish:ghost=1", "accept:noacks", "accept:drip=1",
        "play:redirect=rtmp://a/b/c"}) {
    EXPECT_EQ(faultName(parsed(text)), std::string(text).substr(0, std::string(text).find('=')));
  }
}

TEST(ParseNodeFault, NamesThePartThatIsWrong) {
  EXPECT_EQ(errorOf("publsh:refuse"),
            "fault 'publsh:refuse': 'publsh' is no moment: accept, handshake, connect, "
            "createStream, publish, media, play, use or change");
  EXPECT_EQ(errorOf("publish:no,times=1"),
            "fault 'publish:no,times=1': 'no' is no fault: refuse, reset, close, silent, stall, "
            "delay, drip, garbage, ghost, noacks, redirect or ignore");
  EXPECT_EQ(errorOf("connect:delay=3s"),
            "fault 'connect:delay=3s': delay '3s': it is whole milliseconds, at most 3600000");
  EXPECT_EQ(errorOf("connect:close,times=-1"),
            "fault 'connect:close,times=-1': times '-1': it is a whole number");
  EXPECT_EQ(errorOf("connect:close,timse=1"),
            "fault 'connect:close,timse=1': 'timse=1' is no option: times, every, chance, seed, "
            "name, messages, bytes or ms");
  EXPECT_EQ(errorOf("accept:reset=1"), "fault 'accept:reset=1': reset takes no value, '1'");
  EXPECT_EQ(errorOf("accept:reset,"),
            "fault 'accept:reset,': '' is no option: times, every, chance, seed, name, messages, "
            "bytes or ms");
}

TEST(ParseNodeFault, RefusesWhatCannotBeDone) {
  EXPECT_EQ(errorOf("accept:refuse"), "fault 'accept:refuse': refuse does not go with accept");
  EXPECT_EQ(errorOf("media:ignore"), "fault 'media:ignore': ignore does not go with media");
  EXPECT_EQ(errorOf("play:ghost=5"), "fault 'play:ghost=5': ghost does not go with play");
  EXPECT_EQ(errorOf("media:delay=5"), "fault 'media:delay=5': delay does not go with media");
  EXPECT_EQ(errorOf("publish:ghost"), "fault 'publish:ghost': ghost needs milliseconds");
  EXPECT_EQ(errorOf("media:drip"), "fault 'media:drip': drip needs bytes per second");
  EXPECT_EQ(errorOf("connect:redirect"), "fault 'connect:redirect': redirect needs a URL");
  EXPECT_EQ(errorOf("connect:close,every=0"),
            "fault 'connect:close,every=0': every is 0, it must be positive");
  EXPECT_EQ(errorOf("connect:close,chance=1.5"),
            "fault 'connect:close,chance=1.5': chance is 1.500000, it is 0 to 1");
  EXPECT_EQ(errorOf("connect:close,chance=nan"),
            "fault 'connect:close,chance=nan': chance is nan, it is 0 to 1");
  EXPECT_EQ(errorOf("connect:close,name=a"),
            "fault 'connect:close,name=a': a name goes with publish, media, play, use and change "
            "only");
  EXPECT_EQ(errorOf("connect:close,ms=1"),
            "fault 'connect:close,ms=1': messages, bytes and ms go with media only");
}

TEST(FaultPlan, StrikesAtItsMomentOnly) {
  FaultPlan plan({parsed("connect:refuse"), parsed("accept:noacks"), parsed("accept:drip=5")});
  EXPECT_THAT(kindsOf(plan.at(Moment::Accept)), ElementsAre(Kind::NoAcks, Kind::Drip));
  EXPECT_THAT(kindsOf(plan.at(Moment::Connect)), ElementsAre(Kind::Refuse));
  EXPECT_THAT(plan.at(Moment::Play), IsEmpty());
}

TEST(FaultPlan, StrikesSoManyTimesThatALaterAttemptSucceeds) {
  FaultPlan plan({parsed("connect:refuse,times=2")});
  EXPECT_EQ(plan.at(Moment::Connect).size(), 1U);
  EXPECT_EQ(plan.at(Moment::Connect).size(), 1U);
  EXPECT_EQ(plan.at(Moment::Connect).size(), 0U);
}

TEST(FaultPlan, StrikesEveryNthTime) {
  FaultPlan plan({parsed("connect:refuse,every=3,times=1")});
  std::vector<std::size_t> struck;
  for (int i = 0; i < 7; ++i) struck.push_back(plan.at(Moment::Connect).size());
  EXPECT_THAT(struck, ElementsAre(0, 0, 1, 0, 0, 0, 0));
}

TEST(FaultPlan, OtherStreamsNeitherSufferNorCount) {
  FaultPlan plan({parsed("publish:refuse,times=1,name=b")});
  EXPECT_THAT(plan.at(Moment::Publish, "a"), IsEmpty());
  EXPECT_EQ(plan.at(Moment::Publish, "b").size(), 1U);
  EXPECT_THAT(plan.at(Moment::Publish, "b"), IsEmpty());
}

TEST(FaultPlan, ChanceIsTheSameForTheSameSeed) {
  const auto struck = [](const std::string& seed) {
    FaultPlan plan({parsed("connect:close,chance=0.3,seed=" + seed)});
    std::string row;
    for (int i = 0; i < 1000; ++i) row += plan.at(Moment::Connect).empty() ? '.' : 'x';
    return row;
  };
  const std::string row = struck("7");
  EXPECT_EQ(row, struck("7"));
  EXPECT_NE(row, struck("8"));
  EXPECT_NEAR(static_cast<double>(std::count(row.begin(), row.end(), 'x')), 300, 60);
  FaultPlan never({parsed("connect:close,chance=0")});
  EXPECT_THAT(never.at(Moment::Connect), IsEmpty());
}

TEST(FaultPlan, MediaStrikesOnceWhenEverythingIsReached) {
  FaultPlan plan({parsed("media:reset,messages=2,bytes=50,ms=40")});
  FaultPlan::Media media{"a"};
  EXPECT_THAT(plan.onMedia(media, 30, 1000), IsEmpty());
  EXPECT_THAT(plan.onMedia(media, 10, 990), IsEmpty()) << "a track that is a little behind";
  EXPECT_THAT(plan.onMedia(media, 10, 1039), IsEmpty());
  EXPECT_EQ(plan.onMedia(media, 0, 1040).size(), 1U);
  EXPECT_THAT(plan.onMedia(media, 0, 1041), IsEmpty());
  FaultPlan::Media again{"a"};
  plan.onMedia(again, 50, 0xFFFFFFF0);
  EXPECT_EQ(plan.onMedia(again, 0, 24).size(), 1U) << "across the end of 32 bits";
}

TEST(FaultPlan, MediaOfAnotherStreamIsLeftAlone) {
  FaultPlan plan({parsed("media:reset,name=b,times=1")});
  FaultPlan::Media a{"a"};
  FaultPlan::Media b{"b"};
  FaultPlan::Media next{"b"};
  EXPECT_THAT(plan.onMedia(a, 1, 0), IsEmpty());
  EXPECT_EQ(plan.onMedia(b, 1, 0).size(), 1U);
  EXPECT_THAT(plan.onMedia(next, 1, 0), IsEmpty());
}

TEST(FaultPlan, ANameIsHeldUntilItsTimeIsOver) {
  FaultPlan plan({});
  const FaultPlan::Time now{};
  plan.hold({"live", "a"}, now, 100ms);
  EXPECT_TRUE(plan.isHeld({"live", "a"}, now + 99ms));
  EXPECT_FALSE(plan.isHeld({"live", "b"}, now));
  EXPECT_FALSE(plan.isHeld({"live", "a"}, now + 100ms));
}

}  // namespace
}  // namespace multiconnection::node
