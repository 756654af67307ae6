#include <gtest/gtest.h>
#include <multiconnection.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "unit/reactor/scripted_server.hpp"

namespace multiconnection {
namespace {

constexpr std::chrono::seconds kLimit{30};

/// Counts to be waited for.
class Counter {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  bool waitFor(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLimit, [&] { return count_ >= count; });
  }
  int count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// A server that accepts and then does `then`, and an array that connects to it.
class CCall : public ::testing::Test {
 protected:
  CCall() { EXPECT_EQ(mc_array_new(nullptr, &array_, nullptr), MC_OK); }
  ~CCall() override { mc_array_free(array_); }

  bool connect(std::function<void(reactor::ServerPeer&)> then) {
    server_.emplace([then = std::move(then)](reactor::ServerPeer& peer, int) {
      if (!peer.shakeHands() || !peer.acceptConnect()) return;
      then(peer);
      peer.awaitEnd();
    });
    const std::string url = "rtmp://127.0.0.1:" + std::to_string(server_->port()) + "/live";
    mc_server_entry entry;
    mc_server_entry_init(&entry, sizeof(entry));
    entry.url = url.c_str();
    const auto onEvent = [](void* user, const mc_event* event) {
      if (mc_event_is(event, MC_CODE_SETUP_SUCCESS) != 0) static_cast<Counter*>(user)->add();
    };
    return mc_array_on_event(array_, onEvent, &connected_, nullptr, nullptr, nullptr) == MC_OK &&
           mc_array_connect(array_, &entry, 1, nullptr, nullptr) == MC_OK && connected_.waitFor(1);
  }

  Counter connected_;
  std::optional<reactor::ScriptedServer> server_;
  mc_array* array_ = nullptr;
};

/// What replies said, and how often their user data was freed: the library's until then.
struct Replies {
  ~Replies() { EXPECT_TRUE(destroyed.waitFor(1)) << "behind the last reply"; }

  Counter told;
  Counter destroyed;
  mc_result result = MC_INTERNAL;
  std::string message;
  std::string value;
  std::string errorInfo;
  std::size_t values = 0;
  std::uint64_t server = 99;

  static std::string printed(const mc_value* value) {
    char text[200];
    mc_value_print(value, text, sizeof(text));
    return text;
  }
  static void take(void* user, const mc_reply* reply) {
    auto* self = static_cast<Replies*>(user);
    EXPECT_EQ(reply->struct_size, sizeof(mc_reply));
    self->result = reply->result;
    self->message = reply->message;
    self->value = printed(reply->value);
    self->errorInfo = printed(mc_value_member(reply->error_info, "code"));
    self->values = reply->value_count;
    self->server = reply->server->index;
    self->told.add();
  }
  static void destroy(void* user) { static_cast<Replies*>(user)->destroyed.add(); }
  mc_call_options options() {
    mc_call_options options;
    mc_call_options_init(&options, sizeof(options));
    options.on_reply = take;
    options.user = this;
    options.destroy = destroy;
    return options;
  }
};

TEST_F(CCall, CarriesValuesBothWays) {
  ASSERT_TRUE(connect([](reactor::ServerPeer& peer) {
    const auto call = peer.await("funcIn");
    ASSERT_TRUE(call);
    EXPECT_EQ(call->arguments, (std::vector<AmfValue>{AmfObject{{"seat", 7}}, "hello"}));
    peer.send({"_result", call->transactionId, nullptr, {AmfArray{1, "two"}, true}});
  }));
  mc_value* seat = mc_value_new_object(nullptr);
  ASSERT_EQ(mc_value_set(seat, "seat", mc_value_new_number(7), nullptr), MC_OK);
  mc_value* arguments[] = {seat, mc_value_new_string("hello")};
  Replies replies;
  const mc_call_options options = replies.options();
  const mc_server first = mc_server_index(0);
  mc_error error = MC_ERROR_INIT;
  ASSERT_EQ(mc_array_call(array_, "funcIn", &first, arguments, 2, &options, &error), MC_OK)
      << error.message;
  ASSERT_TRUE(replies.told.waitFor(1));
  EXPECT_EQ(replies.result, MC_OK);
  EXPECT_EQ(replies.message, "");
  EXPECT_EQ(replies.value, "[1, \"two\"]");
  EXPECT_EQ(replies.values, 2U);
  EXPECT_EQ(replies.server, 0U);
}

TEST_F(CCall, ARefusalCarriesWhatTheServerSays) {
  ASSERT_TRUE(connect([](reactor::ServerPeer& peer) {
    const auto call = peer.await("funcIn");
    ASSERT_TRUE(call);
    peer.send({"_error",
               call->transactionId,
               nullptr,
               {AmfObject{{"code", "NetConnection.Call.Failed"}}}});
  }));
  Replies replies;
  const mc_call_options options = replies.options();
  ASSERT_EQ(mc_array_call(array_, "funcIn", nullptr, nullptr, 0, &options, nullptr), MC_OK);
  ASSERT_TRUE(replies.told.waitFor(1));
  EXPECT_EQ(replies.result, MC_REFUSED);
  EXPECT_NE(replies.message, "");
  EXPECT_EQ(replies.errorInfo, "\"NetConnection.Call.Failed\"");
  EXPECT_EQ(replies.values, 0U);
}

TEST_F(CCall, ASilentServerEndsWithItsDeadline) {
  ASSERT_TRUE(connect([](reactor::ServerPeer&) {}));
  Replies replies;
  mc_call_options options = replies.options();
  options.deadline_ms = 20;
  ASSERT_EQ(mc_array_call(array_, "funcIn", nullptr, nullptr, 0, &options, nullptr), MC_OK);
  ASSERT_TRUE(replies.told.waitFor(1));
  EXPECT_EQ(replies.result, MC_TIMED_OUT);
  EXPECT_TRUE(replies.destroyed.waitFor(1));
  EXPECT_EQ(replies.told.count(), 1);
}

// The leak checker of the sanitized build sees to the arguments.
TEST_F(CCall, ACallThatIsRefusedFreesWhatItTookOver) {
  ASSERT_TRUE(connect([](reactor::ServerPeer&) {}));
  mc_error error = MC_ERROR_INIT;
  const mc_server none = mc_server_index(7);
  mc_server odd = mc_server_all();
  odd.kind = 77;
  const mc_server textless = mc_server_host(nullptr);
  const mc_server notInitialised = {};
  struct Case {
    mc_array* array;
    const char* method;
    const mc_server* server;
    const char* says;
  } cases[] = {{nullptr, "f", nullptr, "array is NULL"},
               {array_, nullptr, nullptr, "method is NULL"},
               {array_, "", nullptr, "method"},
               {array_, "f", &none, "7"},
               {array_, "f", &odd, "kind 77 is none of MC_SERVER_*"},
               {array_, "f", &textless, "text of mc_server is NULL"},
               {array_, "f", &notInitialised, "struct_size of 0"}};
  for (const Case& one : cases) {
    mc_value* arguments[] = {mc_value_new_number(1)};
    Replies replies;
    const mc_call_options options = replies.options();
    EXPECT_EQ(mc_array_call(one.array, one.method, one.server, arguments, 1, &options, &error),
              MC_INVALID_ARGUMENT)
        << one.says;
    EXPECT_NE(std::strstr(error.message, one.says), nullptr) << error.message;
    EXPECT_EQ(replies.destroyed.count(), 1) << one.says;
    EXPECT_EQ(replies.told.count(), 0);
  }
  mc_value* incomplete[] = {mc_value_new_number(1), nullptr};
  EXPECT_EQ(mc_array_call(array_, "f", nullptr, incomplete, 2, nullptr, &error),
            MC_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "an argument is NULL");
}

/// Answers a server's call with its first argument, or refuses when there is none.
mc_value* echo(void* user, const mc_remote_call* call, mc_error* error) {
  static_cast<Counter*>(user)->add();
  EXPECT_STREQ(call->method, "echo");
  EXPECT_EQ(call->server->index, 0U);
  if (call->argument_count > 0) return mc_value_copy(call->arguments[0]);
  std::strcpy(error->message, "nothing to echo");
  return nullptr;
}

TEST_F(CCall, ServersCallsAreAnsweredByTheHandler) {
  Counter calls;
  Counter destroyed;
  mc_error error = MC_ERROR_INIT;
  const auto destroy = [](void* user) { static_cast<Counter*>(user)->add(); };
  ASSERT_EQ(mc_array_on_call(array_, "echo", echo, &calls, nullptr, &error), MC_OK);
  ASSERT_EQ(mc_array_on_call(array_, "other", echo, &destroyed, destroy, &error), MC_OK);
  EXPECT_EQ(destroyed.count(), 0);
  ASSERT_EQ(mc_array_on_call(array_, "other", nullptr, nullptr, nullptr, &error), MC_OK);
  EXPECT_TRUE(destroyed.waitFor(1)) << "taken away";
  std::optional<rtmp::Command> answer;
  std::optional<rtmp::Command> refusal;
  Counter answered;
  ASSERT_TRUE(connect([&](reactor::ServerPeer& peer) {
    peer.send({"echo", 7, nullptr, {AmfObject{{"seat", 7}}}});
    answer = peer.await("_result");
    peer.send({"echo", 8, nullptr, {}});
    refusal = peer.await("_error");
    answered.add();
  }));
  ASSERT_TRUE(answered.waitFor(1));
  EXPECT_EQ(calls.count(), 2);
  ASSERT_TRUE(answer && refusal);
  EXPECT_EQ(answer->transactionId, 7);
  EXPECT_EQ(answer->arguments, (std::vector<AmfValue>{AmfObject{{"seat", 7}}}));
  EXPECT_EQ(refusal->transactionId, 8);
  ASSERT_FALSE(refusal->arguments.empty());
  EXPECT_EQ(refusal->arguments[0]["description"], "nothing to echo");
  EXPECT_EQ(mc_array_on_call(nullptr, "x", echo, nullptr, nullptr, &error), MC_INVALID_ARGUMENT);
  EXPECT_EQ(mc_array_on_call(array_, nullptr, echo, nullptr, nullptr, &error), MC_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace multiconnection
