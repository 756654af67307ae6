// The program of the original class's tutorial, line by line, and where the names' semantics are
// ours to keep. It grows with the names that classic.hpp offers.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <multiconnection/classic.hpp>
#include <utility>

#include "integration/array_support.hpp"

namespace multiconnection::test {
namespace {

using classic::Info;

/// Stands for the tutorial's trace(): keeps the codes.
class Trace {
 public:
  classic::MultiConnection::InfoHandler handler() {
    return [this](const Info& info) { infos.add(info); };
  }
  bool waitFor(const std::string& code, std::size_t times = 1) {
    return infos.waitUntil([&](const auto& all) { return count(all, code) >= times; });
  }
  std::size_t count(const std::string& code) const { return count(infos.all(), code); }
  Collector<Info> infos;

 private:
  static std::size_t count(const std::vector<Info>& all, const std::string& code) {
    std::size_t found = 0;
    for (const Info& info : all) found += info.code == code ? 1 : 0;
    return found;
  }
};

TEST(Classic, TheTutorialsProgramRunsOnThreeServers) {
  RunningNode servers[3];
  std::deque<Viewer> viewers;
  for (RunningNode& server : servers) {
    viewers.emplace_back(server.url("test"), "webCastName");
    ASSERT_TRUE(viewers.back().connected);
  }
  auto microphoneAndCamera = PacketSource::create();
  Trace trace;
  Trace nsTrace;
  Collector<bool> done;

  classic::MultiConnection mc;
  mc.onStatus = [&](const Info& info) {
    trace.handler()(info);
    if (info.code == "NetConnection.Setup.Success") {
      mc.setNetStreams();
      ASSERT_TRUE(mc.attach(microphoneAndCamera));
      ASSERT_TRUE(mc.publish("webCastName", "live"));
    }
    if (info.code == "NetConnection.Setup.Failed") done.add(false);
  };
  mc.nsStatus = [&](const Info& info) {
    nsTrace.handler()(info);
    if (info.code == "MultiStream.Publish.Success") done.add(true);
  };
  ASSERT_TRUE(mc.connect({servers[0].url("test"), servers[1].url("test"), servers[2].url("test")}));

  ASSERT_TRUE(done.waitUntil([](const auto& all) { return !all.empty(); }));
  ASSERT_TRUE(done.all().front());
  EXPECT_EQ(trace.infos.all().front().servers.size(), 3U);
  ASSERT_TRUE(microphoneAndCamera->push(videoHeader()));
  for (std::uint32_t number = 0; number < 12; ++number) {
    ASSERT_TRUE(microphoneAndCamera->push(videoFrame(number)));
  }
  for (Viewer& viewer : viewers) ASSERT_TRUE(viewer.waitForVideo(12));
  EXPECT_EQ(mc.nsTime(), videoFrame(11).timestamp);
  ASSERT_TRUE(mc.nsSend("cue", "now"));
  const Bytes cue = {2, 0, 3, 'c', 'u', 'e', 2, 0, 3, 'n', 'o', 'w'};  // AMF0 strings
  for (Viewer& viewer : viewers) {
    EXPECT_TRUE(viewer.media.waitUntil([&](const auto& all) {
      return std::any_of(all.begin(), all.end(),
                         [&](const MediaMessage& message) { return *message.body == cue; });
    }));
  }

  mc.nsClose();
  for (Viewer& viewer : viewers) {
    EXPECT_TRUE(viewer.listener.waitFor(StatusCode::PlayUnpublishNotify));
  }
  mc.ncClose();
  EXPECT_TRUE(trace.waitFor("MultiConnection.Closed"));
}

TEST(Classic, OneServerThatDoesNotAnswerFailsTheSetup) {
  const RunningNode server;
  RunningNode gone;
  const std::string refused = gone.url();
  gone.node.stop();
  Trace trace;
  Trace serverTrace;
  classic::MultiConnection mc;
  mc.onStatus = trace.handler();
  mc.onServerStatus = serverTrace.handler();
  ASSERT_TRUE(mc.connect({server.url(), refused}));
  ASSERT_TRUE(trace.waitFor("NetConnection.Setup.Failed"));
  ASSERT_TRUE(serverTrace.waitFor("NetConnection.Connect.Success"));
  ASSERT_TRUE(serverTrace.waitFor("NetConnection.Connect.Failed"));
  EXPECT_EQ(trace.infos.all().front().level, "error");
  EXPECT_EQ(trace.count("NetConnection.Connect.Failed"), 0U) << "onStatus speaks for all servers";
  for (const Info& info : serverTrace.infos.all()) {
    ASSERT_TRUE(info.server) << info.code;
    EXPECT_EQ(info.server->index, info.code == "NetConnection.Connect.Success" ? 0U : 1U);
  }
}

TEST(Classic, NsStatusTellsOfEveryStreamByItsServer) {
  RunningNode servers[2];
  Trace trace;
  Trace nsTrace;
  classic::MultiConnection mc;
  mc.onStatus = trace.handler();
  mc.nsStatus = nsTrace.handler();
  ASSERT_TRUE(mc.connect({servers[0].url(), servers[1].url()}));
  mc.setNetStreams();
  ASSERT_TRUE(mc.publish("cam"));
  ASSERT_TRUE(nsTrace.waitFor("NetStream.Publish.Start", 2));
  ASSERT_TRUE(nsTrace.waitFor("MultiStream.Publish.Success"));
  EXPECT_EQ(trace.count("MultiStream.Publish.Success"), 0U);
  for (const Info& info : nsTrace.infos.all()) {
    EXPECT_EQ(info.server.has_value(), info.code != "MultiStream.Publish.Success") << info.code;
  }
}

TEST(Classic, PublishingNeedsNetStreamsAndAKnownMode) {
  const RunningNode server;
  classic::MultiConnection mc;
  Trace trace;
  mc.onStatus = trace.handler();
  ASSERT_TRUE(mc.connect({server.url()}));
  ASSERT_TRUE(trace.waitFor("NetConnection.Setup.Success"));
  const auto early = mc.publish("cam");
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, Errc::InvalidState);
  mc.setNetStreams();
  const auto unknown = mc.publish("cam", "life");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::InvalidArgument);
  EXPECT_NE(unknown.error().message.find("\"life\""), std::string::npos);
  EXPECT_TRUE(mc.publish("cam", "live"));
}

TEST(Classic, ClosingIsIdempotentAndTheNamesWorkAgainAfterwards) {
  const RunningNode server;
  classic::MultiConnection mc;
  mc.nsClose();
  mc.ncClose();
  Trace trace;
  Trace nsTrace;
  mc.onStatus = trace.handler();
  mc.nsStatus = nsTrace.handler();
  for (std::size_t round = 1; round <= 2; ++round) {
    ASSERT_TRUE(mc.connect({server.url()}));
    ASSERT_TRUE(trace.waitFor("NetConnection.Setup.Success", round));
    mc.setNetStreams();
    ASSERT_TRUE(mc.publish("cam"));
    ASSERT_TRUE(nsTrace.waitFor("MultiStream.Publish.Success", round));
    mc.nsClose();
    mc.nsClose();
    EXPECT_FALSE(mc.publish("cam")) << "its NetStreams are closed";
    mc.ncClose();
    mc.ncClose();
    ASSERT_TRUE(trace.waitFor("MultiConnection.Closed", round));
  }
}

TEST(Classic, CallRemoteTakesEveryWayToNameAServer) {
  RunningNode servers[2];
  const std::string urls[] = {servers[0].url(), servers[1].url()};
  classic::MultiConnection mc;
  Trace trace;
  mc.onStatus = trace.handler();
  ASSERT_TRUE(mc.connect({urls[0], urls[1]}));
  ASSERT_TRUE(trace.waitFor("NetConnection.Setup.Success"));
  const std::string hostAndPort = urls[1].substr(7, urls[1].find('/', 7) - 7);
  const std::pair<std::string, std::vector<std::size_t>> cases[] = {
      {"", {0, 1}}, {"*", {0, 1}}, {urls[0], {0}}, {hostAndPort, {1}}, {"1", {1}}};
  for (const auto& [serverToCall, expected] : cases) {
    Collector<Reply> replies;
    ASSERT_TRUE(mc.callRemote(
        "funcIn", [&replies](const Reply& reply) { replies.add(reply); }, serverToCall, "hello", 42,
        true))
        << serverToCall;
    ASSERT_TRUE(replies.waitUntil(
        [count = expected.size()](const auto& all) { return all.size() == count; }));
    std::vector<std::size_t> answered;
    for (const Reply& reply : replies.all()) {
      answered.push_back(reply.server.index);
      EXPECT_EQ(reply.error().code, Errc::Refused) << "the node has no such method";
      EXPECT_EQ(reply.errorInfo["code"], "NetConnection.Call.Failed");
    }
    std::sort(answered.begin(), answered.end());
    EXPECT_EQ(answered, expected) << serverToCall;
  }
  for (const char* none : {"127.0.0.1", "2", "elsewhere", "rtmp://127.0.0.1/live"}) {
    const auto result = mc.callRemote("funcIn", {}, none);
    ASSERT_FALSE(result) << none;
    EXPECT_EQ(result.error().code, Errc::InvalidArgument);
  }
}

/// Whether the slot was told to be that, as often as it has to be.
bool waitForValue(const Collector<SyncEvent>& syncs, const std::string& slot, const AmfValue& value,
                  std::size_t times) {
  return syncs.waitUntil([&](const auto& all) {
    std::size_t told = 0;
    for (const SyncEvent& sync : all) {
      for (const SyncChange& change : sync.changes) {
        told += change.slot == slot && change.value == value ? 1 : 0;
      }
    }
    return told >= times;
  });
}

TEST(Classic, AClosedSharedObjectIsSetUpAnew) {
  RunningNode server;
  classic::MultiConnection mc;
  const Collector<SyncEvent> syncs;
  mc.soSync("info_so", [syncs](const SyncEvent& sync) { syncs.add(sync); });
  ASSERT_TRUE(mc.sharedObjectSetup("info_so"));
  mc.sharedObject("info_so")->close();
  EXPECT_FALSE(mc.setSoValue("info_so.data.x", 1));
  ASSERT_TRUE(mc.sharedObjectSetup("info_so"));
  EXPECT_TRUE(mc.setSoValue("info_so.data.x", 1));
  ASSERT_TRUE(mc.connect({server.url("test")}));
  EXPECT_TRUE(syncs.waitUntil([](const auto& all) { return !all.empty(); }));
}

TEST(Classic, TheTutorialsSharedObjectIsWrittenAndReadByItsPath) {
  RunningNode servers[2];
  const std::vector<ServerEntry> urls{servers[0].url("test"), servers[1].url("test")};
  classic::MultiConnection mc;
  classic::MultiConnection other;
  const Collector<SyncEvent> mine;
  const Collector<SyncEvent> others;
  const Collector<SyncEvent> all;
  ASSERT_TRUE(mc.sharedObjectSetup("info_so"));
  ASSERT_TRUE(mc.sharedObjectSetup("info_so")) << "again: it is there";
  mc.soSync("info_so", [mine](const SyncEvent& sync) { mine.add(sync); });
  mc.onSync = [all](const SyncEvent& sync) { all.add(sync); };
  other.soSync("info_so", [others](const SyncEvent& sync) { others.add(sync); });
  ASSERT_TRUE(other.sharedObjectSetup("info_so", false));
  ASSERT_TRUE(mc.connect(urls));
  ASSERT_TRUE(other.connect(urls));

  ASSERT_TRUE(mc.setSoValue("info_so.data.userName", "Foo"));
  EXPECT_EQ(*mc.getSoValue("info_so.data.userName"), "Foo") << "what was written is read at once";
  ASSERT_TRUE(waitForValue(mine, "userName", "Foo", 2));
  ASSERT_TRUE(waitForValue(others, "userName", "Foo", 2));
  EXPECT_EQ(*other.getSoValue("info_so", "userName"), "Foo");
  ASSERT_TRUE(waitForValue(all, "userName", "Foo", 2));

  ASSERT_TRUE(other.setSoValue("info_so.data.a.data.b", 7)) << "the first .data. parts the path";
  ASSERT_TRUE(waitForValue(mine, "a.data.b", 7, 2));
  ASSERT_TRUE(mc.setSoValue("info_so", "userName", nullptr));
  ASSERT_TRUE(waitForValue(others, "userName", AmfValue(), 2)) << "null deletes";
}

TEST(Classic, ABadPathIsNamedAndNothingIsWritten) {
  classic::MultiConnection mc;
  ASSERT_TRUE(mc.sharedObjectSetup("info_so"));
  for (const char* path : {"info_so", "info_so.userName", ".data.x", "info_so.data.", ""}) {
    const auto set = mc.setSoValue(path, 1);
    ASSERT_FALSE(set) << path;
    EXPECT_EQ(set.error().code, Errc::InvalidArgument);
    EXPECT_NE(set.error().message.find('"' + std::string(path) + '"'), std::string::npos);
    EXPECT_FALSE(mc.getSoValue(path)) << path;
  }
  EXPECT_TRUE(mc.sharedObject("info_so")->data().empty());
  const auto unknown = mc.setSoValue("other_so.data.x", 1);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::InvalidState);
  const auto persistent = mc.sharedObjectSetup("info_so", true);
  ASSERT_FALSE(persistent) << "it is a temporary one";
  EXPECT_EQ(persistent.error().code, Errc::InvalidArgument);
}

TEST(Classic, AttachingNothingDetaches) {
  classic::MultiConnection mc;
  auto source = PacketSource::create();
  EXPECT_TRUE(mc.attach(source));
  EXPECT_TRUE(mc.attach(source)) << "again, in place of itself";
  EXPECT_TRUE(mc.attach(std::shared_ptr<PacketSource>()));
  MultiConnection other;
  EXPECT_TRUE(other.stream().attach(source)) << "it is free again";
}

TEST(Classic, AHandlerMayReplaceItselfAndEndTheObject) {
  const RunningNode server;
  auto mc = std::make_unique<classic::MultiConnection>();
  Collector<std::string> told;
  mc->onStatus = [&, name = std::string("first")](const Info&) {
    mc->onStatus = [&, name = std::string("second")](const Info&) {
      mc.reset();
      told.add(name);
    };
    told.add(name);
    mc->ncClose();
  };
  ASSERT_TRUE(mc->connect({server.url()}));
  ASSERT_TRUE(told.waitUntil([](const auto& all) { return all.size() == 2; }));
  EXPECT_EQ(told.all(), (std::vector<std::string>{"first", "second"}));
}

}  // namespace
}  // namespace multiconnection::test
