#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "unit/session/session_support.hpp"

namespace multiconnection::session {
namespace {

using namespace test;

constexpr PublishMode kModes[] = {PublishMode::Live, PublishMode::Record, PublishMode::Append,
                                  PublishMode::AppendWithGap};

class Hostile {
 public:
  explicit Hostile(unsigned seed) : random_(seed) {
    peer_.session.connection().setHandledMethods({"createStream"});
  }

  void run() {
    for (int step = 0; step < 200; ++step) {
      drive();
      const Actions out = peer_.says(message());
      ASSERT_LE(out.send.size(), 4u) << "one message makes few";
      ASSERT_LE(out.events.size(), 2u);
    }
  }

 private:
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }
  template <class T, std::size_t N>
  T any(const T (&choices)[N]) {
    return choices[below(N)];
  }
  /// The owner's own calls, as the contract allows them.
  void drive() {
    NetStream& stream = peer_.session.stream();
    switch (below(16)) {
      case 0:
        if (peer_.session.connection().state() == NetConnection::State::Idle) peer_.opens();
        break;
      case 1:
        peer_.publishes("cam", any(kModes));
        break;
      case 2:
        peer_.plays();
        break;
      case 3:
        peer_.stops();
        break;
      case 4:
        peer_.does([&](Actions& out) { return stream.pause(below(2) == 0, ms(), out); });
        break;
      case 5:
        peer_.does([&](Actions& out) { return stream.seek(ms(), out); });
        break;
      case 6:
        peer_.calls("method");
        break;
      case 7: {
        Actions out;
        stream.closeStream(out);
        break;
      }
      default:
        break;
    }
  }
  std::chrono::milliseconds ms() {
    return std::chrono::milliseconds(static_cast<std::int64_t>(random_()) * 3 - 1000);
  }
  rtmp::Message message() {
    if (below(4) != 0) return rtmp::makeCommand(command(), static_cast<std::uint32_t>(below(3)));
    Bytes body(below(12));
    for (std::uint8_t& byte : body) byte = static_cast<std::uint8_t>(below(256));
    return {static_cast<rtmp::MessageType>(below(24)), static_cast<std::uint32_t>(random_()),
            static_cast<std::uint32_t>(below(3)), std::move(body)};
  }
  rtmp::Command command() {
    static constexpr const char* kNames[] = {"_result",  "_error",     "onStatus", "close",
                                             "onBWDone", "_onbwcheck", "ping",     "createStream",
                                             "",         "onFCPublish"};
    rtmp::Command command{any(kNames), static_cast<double>(below(12)), value(), {}};
    for (std::size_t i = below(3); i > 0; --i) command.arguments.push_back(value());
    if (below(20) == 0) command.transactionId = std::nan("");
    return command;
  }
  AmfValue value() {
    static constexpr const char* kCodes[] = {
        "NetConnection.Connect.Success", "NetConnection.Connect.Rejected",
        "NetStream.Publish.Start",       "NetStream.Publish.BadName",
        "NetStream.Play.Start",          "NetStream.Play.Stop",
        "NetStream.Unpublish.Success",   "NetStream.Seek.Notify",
        "NetStream.Play.Reset",          ""};
    static constexpr const char* kLevels[] = {"status", "error", ""};
    switch (below(5)) {
      case 0:
        return static_cast<double>(below(4));
      case 1:
        return nullptr;
      case 2:
        return AmfArray{1, "x"};
      default:
        return AmfObject{{"code", any(kCodes)}, {"level", any(kLevels)}};
    }
  }

  std::mt19937 random_;
  Peer peer_;
};

TEST(HostileInput, LeavesTheSessionInOrderInAnyState) {
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    Hostile(seed).run();
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace multiconnection::session
