#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <random>
#include <stdexcept>

#include "multiconnection/multi_connection.hpp"
#include "unit/client/events.hpp"
#include "unit/reactor/scripted_server.hpp"

namespace multiconnection {
namespace {

using namespace std::chrono_literals;

/// Collects replies; shared by the handlers, which may outlive it in a queue.
class Replies {
 public:
  ReplyHandler handler() {
    return [seen = seen_](const Reply& reply) {
      const std::lock_guard lock(seen->mutex);
      seen->all.push_back(reply);
      seen->changed.notify_all();
    };
  }
  bool waitFor(std::size_t count) {
    std::unique_lock lock(seen_->mutex);
    return seen_->changed.wait_for(lock, kLimit, [&] { return seen_->all.size() >= count; });
  }
  std::vector<Reply> all() {
    const std::lock_guard lock(seen_->mutex);
    return seen_->all;
  }

 private:
  struct Seen {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Reply> all;
  };
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
};

/// A server that accepts and then does `then`.
reactor::ScriptedServer::Script accepting(std::function<void(reactor::ServerPeer&)> then) {
  return [then = std::move(then)](reactor::ServerPeer& peer, int) {
    if (!peer.shakeHands() || !peer.acceptConnect()) return;
    then(peer);
    peer.awaitEnd();
  };
}

bool connectAll(MultiConnection& array, Events& events, const std::vector<ServerEntry>& servers) {
  return array.connect(servers) && events.waitFor(StatusCode::SetupSuccess);
}

TEST(Calls, AReplyCarriesTheServersValuesAndItsName) {
  reactor::ScriptedServer server(accepting([](reactor::ServerPeer& peer) {
    const auto call = peer.await("funcIn");
    ASSERT_TRUE(call);
    EXPECT_TRUE(call->object.isNull());
    EXPECT_EQ(call->arguments, (std::vector<AmfValue>{"hello", 42}));
    peer.send({"_result", call->transactionId, nullptr, {"answer", 7}});
    peer.send({"_result", call->transactionId, nullptr, {"again"}});
  }));
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(connectAll(array, events, {url(server.port())}));
  Replies replies;
  ASSERT_TRUE(array.callRemote("funcIn", Server::all(), {"hello", 42}, replies.handler()));
  ASSERT_TRUE(replies.waitFor(1));
  const Reply reply = replies.all().at(0);
  ASSERT_TRUE(reply) << reply.error();
  EXPECT_EQ(reply.value(), "answer");
  EXPECT_EQ(reply.values.size(), 2U);
  EXPECT_EQ(reply.server.id, array.servers().at(0).id);
  EXPECT_EQ(reply.server.state, ServerState::Connected);
}

TEST(Calls, ARefusalIsAnErrorWithTheServersReason) {
  reactor::ScriptedServer server(accepting([](reactor::ServerPeer& peer) {
    const auto call = peer.await("secret");
    peer.send({"_error",
               call->transactionId,
               nullptr,
               {AmfObject{{"code", "NetConnection.Call.Failed"},
                          {"description", "method canary1 is not for you"}}}});
  }));
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(connectAll(array, events, {url(server.port()) + "?token=canary1"}));
  Replies replies;
  ASSERT_TRUE(array.callRemote("secret", Server::index(0), {}, replies.handler()));
  ASSERT_TRUE(replies.waitFor(1));
  const Reply reply = replies.all().at(0);
  EXPECT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::Refused);
  EXPECT_EQ(reply.error().message, "method *** is not for you");
  EXPECT_EQ(reply.error().server, 0U);
  EXPECT_EQ(reply.errorInfo["code"], "NetConnection.Call.Failed");
  EXPECT_TRUE(reply.value().isUndefined());
}

TEST(Calls, SilenceEndsWithTheDeadlineAndALateAnswerIsIgnored) {
  std::promise<void> late;
  reactor::ScriptedServer server(
      accepting([released = late.get_future().share()](reactor::ServerPeer& peer) {
        const auto slow = peer.await("slow");
        released.wait();
        peer.send({"_result", slow->transactionId, nullptr, {"too late"}});
        const auto quick = peer.await("quick");
        peer.send({"_result", quick->transactionId, nullptr, {"in time"}});
      }));
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(connectAll(array, events, {url(server.port())}));
  Replies replies;
  ASSERT_TRUE(array.callRemote("slow", Server::all(), {}, replies.handler(), {50ms}));
  ASSERT_TRUE(replies.waitFor(1));
  EXPECT_EQ(replies.all()[0].error().code, Errc::TimedOut);
  EXPECT_GE(replies.all()[0].elapsed, 50ms);
  late.set_value();
  ASSERT_TRUE(array.callRemote("quick", Server::all(), {}, replies.handler()));
  ASSERT_TRUE(replies.waitFor(2));
  EXPECT_EQ(replies.all()[1].value(), "in time");
}

TEST(Calls, EveryEndOfAConnectionAnswersWhatWaits) {
  reactor::ScriptedServer leaves([](reactor::ServerPeer& peer, int) {
    if (peer.shakeHands() && peer.acceptConnect()) peer.await("one");
  });
  reactor::ScriptedServer stays(accepting([](reactor::ServerPeer&) {}));
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(connectAll(array, events, {url(leaves.port()), url(stays.port())}));
  Replies replies;
  ASSERT_TRUE(array.callRemote("one", Server::all(), {}, replies.handler()));
  ASSERT_TRUE(replies.waitFor(1));
  EXPECT_EQ(replies.all()[0].error().code, Errc::Closed);
  EXPECT_EQ(replies.all()[0].server.index, 0U);
  ASSERT_TRUE(array.callRemote("two", Server::index(0), {}, replies.handler()));
  ASSERT_TRUE(replies.waitFor(2));
  EXPECT_EQ(replies.all()[1].error().code, Errc::InvalidState) << "not connected any more";
  array.close();
  ASSERT_TRUE(replies.waitFor(3));
  EXPECT_EQ(replies.all()[2].error().code, Errc::Closed);
  EXPECT_EQ(replies.all()[2].server.index, 1U);
  ASSERT_TRUE(array.waitClosed(kLimit));
  EXPECT_EQ(array.callRemote("three", Server::all()).error().code, Errc::InvalidState);
}

TEST(Calls, BadArgumentsAreNamed) {
  reactor::ScriptedServer server(accepting([](reactor::ServerPeer&) {}));
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(connectAll(array, events, {url(server.port())}));
  EXPECT_EQ(array.callRemote("", Server::all()).error().code, Errc::InvalidArgument);
  EXPECT_EQ(array.callRemote(std::string(65536, 'm'), Server::all()).error().code,
            Errc::InvalidArgument);
  EXPECT_EQ(array.callRemote("m", Server::all(), {}, {}, {0ms}).error().code,
            Errc::InvalidArgument);
  const auto nobody = array.callRemote("m", Server::host("c.example"));
  EXPECT_NE(nobody.error().message.find("c.example"), std::string::npos);
}

TEST(Calls, WithoutAHandlerTheServerIsToldThatNoAnswerIsWanted) {
  std::promise<double> transaction;
  reactor::ScriptedServer server(accepting([&](reactor::ServerPeer& peer) {
    const auto call = peer.await("notice");
    transaction.set_value(call ? call->transactionId : -1);
  }));
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(connectAll(array, events, {url(server.port())}));
  ASSERT_TRUE(array.callRemote("notice", Server::all(), {1}));
  EXPECT_EQ(transaction.get_future().get(), 0);
}

TEST(Calls, AServersCallIsAnsweredByItsHandler) {
  std::promise<std::vector<rtmp::Command>> answers;
  reactor::ScriptedServer server(accepting([&](reactor::ServerPeer& peer) {
    std::vector<rtmp::Command> got;
    peer.send({"add", 11, nullptr, {2, 3}});
    got.push_back(peer.await("_result").value_or(rtmp::Command{}));
    for (const char* method : {"refuses", "throws", "unknown"}) {
      peer.send({method, 12, nullptr, {}});
      got.push_back(peer.await("_error").value_or(rtmp::Command{}));
    }
    answers.set_value(got);
  }));
  MultiConnection array;
  Events events(array);
  array.onCall("add", [](const RemoteCall& call) -> Result<AmfValue> {
    EXPECT_EQ(call.method, "add");
    EXPECT_EQ(call.server.index, 0U);
    return AmfValue(call.arguments.at(0).as<int>() + call.arguments.at(1).as<int>());
  });
  array.onCall("refuses", [](const RemoteCall&) -> Result<AmfValue> {
    return Error{Errc::Refused, "not today"};
  });
  array.onCall("throws",
               [](const RemoteCall&) -> Result<AmfValue> { throw std::runtime_error("x"); });
  array.onCall("unknown", [](const RemoteCall&) -> Result<AmfValue> { return AmfValue(1); });
  array.onCall("unknown", {});
  ASSERT_TRUE(connectAll(array, events, {url(server.port())}));
  const auto got = answers.get_future().get();
  ASSERT_EQ(got.size(), 4U);
  EXPECT_EQ(got[0].transactionId, 11);
  EXPECT_EQ(got[0].arguments, std::vector<AmfValue>{5});
  EXPECT_EQ(got[1].arguments.at(0)["description"], "not today");
  EXPECT_EQ(got[2].arguments.at(0)["code"], "NetConnection.Call.Failed");
  EXPECT_EQ(got[3].arguments.at(0)["code"], "NetConnection.Call.Failed");
}

TEST(Calls, AHandlerMayDestroyTheArray) {
  reactor::ScriptedServer server(accepting([](reactor::ServerPeer& peer) {
    peer.send({"bye", 1, nullptr, {}});
  }));
  auto array = std::make_unique<MultiConnection>();
  std::promise<void> destroyed;
  array->onCall("bye", [&](const RemoteCall&) -> Result<AmfValue> {
    array.reset();
    destroyed.set_value();
    return AmfValue(1);
  });
  ASSERT_TRUE(array->connect({url(server.port())}));
  EXPECT_EQ(destroyed.get_future().wait_for(kLimit), std::future_status::ready);
}

/// Answers the calls "n" with their argument, in random order; those that 50 divides stay silent.
void answerShuffled(reactor::ServerPeer& peer, unsigned seed, int calls) {
  std::vector<rtmp::Command> waiting;
  for (int i = 0; i < calls; ++i) {
    auto call = peer.await("n");
    if (!call) return;
    if (call->arguments.at(0).as<int>() % 50 != 0) waiting.push_back(*std::move(call));
  }
  std::shuffle(waiting.begin(), waiting.end(), std::mt19937(seed));
  for (const auto& call : waiting) {
    peer.send({"_result", call.transactionId, nullptr, call.arguments});
  }
}

TEST(Calls, ThousandsOutstandingOnSixteenServersAreEachAnsweredOnce) {
  constexpr int kServers = 16;
  constexpr int kCalls = 2000;
  std::deque<reactor::ScriptedServer> servers;
  std::vector<ServerEntry> entries;
  for (unsigned i = 0; i < kServers; ++i) {
    servers.emplace_back(
        accepting([i](reactor::ServerPeer& peer) { answerShuffled(peer, 1000 + i, kCalls); }));
    entries.emplace_back(url(servers.back().port()));
  }
  struct Tally {
    std::map<std::pair<std::size_t, int>, int> answered;
    int silent = 0;
    int wrong = 0;
    int all = 0;
    std::promise<void> done;
  };
  auto tally = std::make_shared<Tally>();
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(connectAll(array, events, entries));
  for (int number = 0; number < kCalls; ++number) {
    const auto onReply = [tally, number](const Reply& reply) {
      if (reply) {
        ++tally->answered[{reply.server.index, number}];
        tally->wrong += reply.value() == AmfValue(number) ? 0 : 1;
      } else {
        ++(reply.error().code == Errc::TimedOut && number % 50 == 0 ? tally->silent : tally->wrong);
      }
      if (++tally->all == kServers * kCalls) tally->done.set_value();
    };
    // Only the silent ones are to feel a limit, however slow the machine.
    const CallOptions options{number % 50 == 0 ? 2s : 300s};
    ASSERT_TRUE(array.callRemote("n", Server::all(), {number}, onReply, options));
  }
  ASSERT_EQ(tally->done.get_future().wait_for(100s), std::future_status::ready);
  EXPECT_EQ(tally->wrong, 0);
  EXPECT_EQ(tally->silent, kServers * kCalls / 50);
  EXPECT_EQ(tally->answered.size(), static_cast<std::size_t>(kServers * (kCalls - kCalls / 50)));
  for (const auto& [call, times] : tally->answered) ASSERT_EQ(times, 1);
}

TEST(Calls, BeyondTheLimitACallIsRefusedAtOnce) {
  reactor::ScriptedServer server(accepting([](reactor::ServerPeer&) {}));
  MultiConnection array;
  Events events(array);
  ASSERT_TRUE(connectAll(array, events, {url(server.port())}));
  Replies replies;
  for (int i = 0; i < 65537; ++i) {
    ASSERT_TRUE(array.callRemote("silent", Server::all(), {}, replies.handler(), {300s}));
  }
  ASSERT_TRUE(replies.waitFor(1));
  EXPECT_EQ(replies.all()[0].error().code, Errc::LimitExceeded) << replies.all()[0].error();
  array.close();
  ASSERT_TRUE(replies.waitFor(65537));
  EXPECT_EQ(replies.all()[1].error().code, Errc::Closed);
}

}  // namespace
}  // namespace multiconnection
