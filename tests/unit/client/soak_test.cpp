// Weeks of streaming in a simulated time: everything of an array that decides, without a network.
#include <gtest/gtest.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "cluster/health_fsm.hpp"
#include "cluster/reconnect_fsm.hpp"
#include "cluster/start_budget.hpp"
#include "fanout/fanout.hpp"
#include "rtmp/chunk/chunk_reader.hpp"
#include "rtmp/message/command.hpp"
#include "session/session.hpp"
#include "support/media_messages.hpp"

namespace multiconnection::client {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// A time lapse of a stream with 25 frames in a second; the drop policy goes with it.
constexpr int kLapse = 2000;
constexpr milliseconds kFrameTime = 40ms * kLapse;
constexpr std::uint64_t kGroup = 10;       ///< Frames from one key frame to the next.
constexpr std::chrono::hours kWrap{1193};  ///< Timestamps of 32 bits begin anew then.
constexpr std::size_t kServers = 18;       ///< More than may start together.
constexpr std::size_t kRequired = 9;
constexpr std::size_t kBurst = 16;
constexpr milliseconds kInterval = 50ms;
constexpr auto kProving = 5s;
constexpr unsigned kSeed = 20;

outbox::DropPolicy lapsePolicy() {
  outbox::DropPolicy policy;
  policy.limits.disposableAfter *= kLapse;
  policy.limits.videoAfter *= kLapse;
  policy.limits.audioAfter *= kLapse;
  policy.limits.audioOnlyAfter *= kLapse;
  return policy;
}

MediaMessage at(milliseconds timestamp, MediaMessage message) {
  message.timestamp = timestamp;
  return message;
}

/// What one connection delivered, as its server sees it.
class Receiver {
 public:
  void receive(const std::uint8_t* data, std::size_t size, std::uint64_t newest) {
    const auto fed = reader_.feed({data, size}, [&](rtmp::Message&& message) {
      if (message.type == rtmp::MessageType::Video) onVideo(message, newest);
    });
    ASSERT_TRUE(fed) << fed.error().message;
  }
  std::uint64_t frames() const { return frames_; }
  bool passedTheWrap() const { return passedTheWrap_; }

 private:
  void onVideo(const rtmp::Message& message, std::uint64_t newest) {
    if (message.body[1] == 0) {
      hasHeader_ = true;
      return;
    }
    ASSERT_TRUE(hasHeader_);
    const auto step = static_cast<std::uint32_t>(kFrameTime.count());
    const auto now = static_cast<std::uint32_t>(newest * step);  // modulo 2^32, as on the wire
    ASSERT_EQ((now - message.timestamp) % step, 0U);
    const std::uint64_t number = newest - (now - message.timestamp) / step;
    ASSERT_EQ(message.body.back(), static_cast<std::uint8_t>(number)) << "of frame " << number;
    const bool key = message.body[0] == 0x17;
    ASSERT_TRUE(key || (last_ && number == *last_ + 1)) << "no reference for frame " << number;
    if (last_) {
      ASSERT_GT(number, *last_);
      passedTheWrap_ = passedTheWrap_ || (*last_ * step >> 32) != (number * step >> 32);
    }
    last_ = number;
    ++frames_;
  }

  rtmp::ChunkReader reader_;
  bool hasHeader_ = false;
  bool passedTheWrap_ = false;
  std::optional<std::uint64_t> last_;
  std::uint64_t frames_ = 0;
};

/// One server of the array, both its ends.
class Server final : public fanout::Target {
 public:
  Server(const ReconnectPolicy& policy, std::mt19937_64& random) : fsm(policy), random_(random) {}

  outbox::Outbox& outbox() override { return outbox_; }
  outbox::WireShape shape() const override { return {65536, session_->stream().id()}; }
  void flush() override {
    if (blocked) return;
    std::array<util::ConstBuffer, 16> buffers;
    while (const std::size_t filled = outbox_.gather(buffers)) {
      std::size_t bytes = 0;
      for (std::size_t i = 0; i < filled; ++i) {
        receiver_->receive(buffers[i].data, buffers[i].size, newest);
        bytes += buffers[i].size;
      }
      outbox_.consume(bytes);
    }
  }

  /// Up to Publish.Start.
  void connect(Clock::time_point now) {
    using session::Event;
    outbox_ = outbox::Outbox(lapsePolicy());
    receiver_ = std::make_unique<Receiver>();
    receiver_->receive(kSetChunkSize.data(), kSetChunkSize.size(), 0);
    session_ = std::make_unique<session::Session>(
        session::ConnectParameters{"live", "rtmp://b/live", "FMLE/3.0", 65536, 250000});
    session::Actions out;
    session_->connection().open(out);
    says({"_result", 1, nullptr, {AmfObject{{"code", "NetConnection.Connect.Success"}}}}, 0, out);
    ASSERT_TRUE(session_->stream().publish("cam", session::PublishMode::Live, out));
    says({"_result", 4, nullptr, {1.0}}, 0, out);
    const AmfObject start{{"level", "status"}, {"code", "NetStream.Publish.Start"}};
    says({"onStatus", 0, nullptr, {start}}, 1, out);
    ASSERT_EQ(out.events.size(), 2U);
    ASSERT_EQ(out.events.back().kind, Event::Kind::PublishStarted);
    up = true;
    upSince = now;
  }
  void lose() {
    frames += receiver_->frames();
    wraps += receiver_->passedTheWrap() ? 1 : 0;
    dropped += outbox_.dropped().video;
    up = blocked = granted = false;
  }
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  cluster::ReconnectFsm fsm;
  bool up = false;
  bool blocked = false;  ///< Its socket takes nothing.
  bool granted = false;  ///< The budget was asked for its next attempt.
  Clock::time_point upSince{};
  Clock::time_point due{};  ///< Of the next attempt.
  std::uint64_t newest = 0;
  std::uint64_t frames = 0;
  std::uint64_t wraps = 0;
  std::uint64_t dropped = 0;

 private:
  void says(const rtmp::Command& command, std::uint32_t stream, session::Actions& out) {
    ASSERT_TRUE(session_->onMessage(rtmp::makeCommand(command, stream), out));
  }

  inline static const Bytes kSetChunkSize =
      test::hex("02 000000 000004 01 00000000 00010000");  // 65536
  std::mt19937_64& random_;
  outbox::Outbox outbox_;
  std::unique_ptr<session::Session> session_;
  std::unique_ptr<Receiver> receiver_;
};

struct Figures {
  std::size_t losses = 0;
  std::size_t attempts = 0;
  std::size_t troubles = 0;  ///< Losses of servers that were well.
  std::size_t cuts = 0;      ///< Of the uplink.
  std::size_t degraded = 0;  ///< Times told, as the next two.
  std::size_t lost = 0;
  std::size_t recovered = 0;
  std::size_t largestQueue = 0;
};

/// An array as the client runs it.
class Soak {
 public:
  Soak() {
    ReconnectPolicy policy;
    policy.jitter = 0.01;  // so that the budget has something to spread
    for (std::size_t i = 0; i < kServers; ++i) {
      servers_.push_back(std::make_unique<Server>(policy, random_));
      bringUp(i, now_);
    }
  }

  /// Every server is lost about every four hours; about every six its socket takes nothing for a
  /// quarter of an hour; the uplink is cut about once a day.
  void runWithTrouble(Clock::duration time) {
    run(time, [this] {
      constexpr double kHours = static_cast<double>(kFrameTime / 1s) / 3600;
      for (std::size_t i = 0; i < servers_.size(); ++i) {
        Server& server = *servers_[i];
        if (!server.up) continue;
        if (server.chance() < kHours / 4) lose(i, now_);
        if (server.chance() < kHours / 6) server.blocked = true;
        if (server.chance() < kHours * 4) server.blocked = false;
      }
      if (servers_[0]->chance() >= kHours / 24) return;
      ++figures.cuts;
      for (std::size_t i = 0; i < servers_.size(); ++i) lose(i, now_);
    });
  }
  /// One server stays for 2 s each time it is back.
  void runWithFlapping(Clock::duration time) {
    flapping_ = true;
    lose(0, now_);
    run(time, [] {});
    flapping_ = false;
  }
  void runInPeace(Clock::duration time) {
    for (auto& server : servers_) server->blocked = false;
    run(time, [] {});
  }

  Figures figures;
  const std::vector<std::unique_ptr<Server>>& servers() const { return servers_; }
  const cluster::HealthFsm& health() const { return health_; }
  const fanout::Fanout& fanout() const { return fanout_; }

 private:
  template <class Trouble>
  void run(Clock::duration time, Trouble trouble) {
    for (const auto end = now_ + time; now_ < end; now_ += kFrameTime) {
      if (testing::Test::HasFatalFailure()) return;
      doWhatIsDue();
      pushFrame();
      trouble();
    }
  }

  void pushFrame() {
    const milliseconds timestamp = kFrameTime * static_cast<std::int64_t>(frame_);
    const auto id = static_cast<std::uint8_t>(frame_);
    for (auto& server : servers_) server->newest = frame_;
    if (frame_ == 0) fanout_.push(test::videoHeader(0));
    const bool key = frame_ % kGroup == 0;
    fanout_.push(at(timestamp, key ? test::keyFrame(0, id) : test::interFrame(0, id)));
    if (frame_ % 4 == 0) fanout_.push(at(timestamp, test::audioFrame(0, id)));
    fanout_.flush();
    ++frame_;
    figures.largestQueue = std::max(figures.largestQueue, fanout_.maxQueueBytes());
  }

  /// Everything up to now, in its order.
  void doWhatIsDue() {
    for (auto due = next(); due && *due <= now_; due = next()) {
      tell(health_.onTick(*due));
      for (std::size_t i = 0; i < servers_.size(); ++i) attempt(i, *due);
      if (!flapLoss_ || *flapLoss_ > *due) continue;
      flapLoss_.reset();
      lose(0, *due);
    }
  }
  std::optional<Clock::time_point> next() const {
    auto first = health_.deadline();
    const auto consider = [&](Clock::time_point due) {
      first = std::min(due, first.value_or(due));
    };
    for (const auto& server : servers_) {
      if (!server->up) consider(server->due);
    }
    if (flapLoss_) consider(*flapLoss_);
    return first;
  }

  /// Three of ten fail.
  void attempt(std::size_t index, Clock::time_point now) {
    Server& server = *servers_[index];
    if (server.up || server.due > now) return;
    if (!std::exchange(server.granted, true)) server.due = budget_.take(now);
    if (server.due > now) return;
    server.granted = false;
    server.fsm.onStart();
    noteStart(now);
    if (server.chance() < 0.3) {
      server.due = server.fsm.onDown(now, server.chance()).value();
      return;
    }
    server.fsm.onUp(now);
    bringUp(index, now);
    if (flapping_ && index == 0) flapLoss_ = now + 2s;
  }
  void noteStart(Clock::time_point now) {
    ++figures.attempts;
    starts_.push_back(now);
    if (starts_.size() <= kBurst) return;
    ASSERT_GE(now - starts_.front(), kInterval) << "more than may start together";
    starts_.pop_front();
  }

  void bringUp(std::size_t index, Clock::time_point now) {
    servers_[index]->connect(now);
    fanout_.add(*servers_[index]);
    health_.onUp(index, now);
    tell(health_.onTick(now));
  }
  void lose(std::size_t index, Clock::time_point now) {
    Server& server = *servers_[index];
    if (!server.up) return;
    ++figures.losses;
    if (now - server.upSince >= kProving) ++figures.troubles;
    server.lose();
    fanout_.remove(server);
    server.due = server.fsm.onDown(now, server.chance()).value();
    tell(health_.onDown(index));
  }

  void tell(std::optional<cluster::HealthFsm::State> state) {
    using State = cluster::HealthFsm::State;
    if (state == State::Healthy) ++figures.recovered;
    if (state == State::Degraded) ++figures.degraded;
    if (state == State::Lost) ++figures.lost;
  }

  std::mt19937_64 random_{kSeed};
  fanout::Fanout fanout_;
  cluster::HealthFsm health_{kRequired, kProving};
  cluster::StartBudget budget_{kBurst, kInterval};
  std::vector<std::unique_ptr<Server>> servers_;
  std::deque<Clock::time_point> starts_;  ///< The last ones, as many as may come together.
  Clock::time_point now_{};
  std::uint64_t frame_ = 0;
  bool flapping_ = false;
  std::optional<Clock::time_point> flapLoss_;
};

/// Bytes that the program has in use; 0 where the system does not tell.
std::size_t memoryInUse() {
#if defined(__GLIBC__)
  return mallinfo2().uordblks;
#else
  return 0;
#endif
}

TEST(Soak, WeeksOfTroubleLeaveEveryStreamSoundAndNothingBehind) {
  Soak soak;
  soak.runWithTrouble(48h);
  soak.runInPeace(1h);
  const std::size_t early = memoryInUse();
  soak.runWithTrouble(kWrap - 100h);
  soak.runInPeace(60h);  // over the wrap, so that some connection is
  soak.runWithTrouble(100h);
  soak.runInPeace(1h);
  const std::size_t late = memoryInUse();
  ASSERT_FALSE(HasFatalFailure()) << "seed " << kSeed;

  const Figures& figures = soak.figures;
  EXPECT_EQ(soak.health().state(), cluster::HealthFsm::State::Healthy);
  EXPECT_EQ(soak.fanout().size(), kServers);
  EXPECT_EQ(soak.fanout().maxQueueBytes(), 0U);
  EXPECT_LT(figures.largestQueue, 8192U);
  EXPECT_LT(late, early + 65536);
  std::uint64_t wraps = 0;
  std::uint64_t dropped = 0;
  for (const auto& server : soak.servers()) {
    server->lose();
    EXPECT_GT(server->frames, 10000U);
    wraps += server->wraps;
    dropped += server->dropped;
  }
  EXPECT_GT(wraps, 0U) << "no connection lasted over the wrap";
  EXPECT_GT(dropped, 1000U) << "no server was blocked for long";
  EXPECT_GT(figures.attempts, figures.losses);
  EXPECT_GT(figures.losses, 3000U);
  std::cout << figures.losses << " losses, " << figures.attempts
            << " attempts, told: " << figures.degraded << " degraded, " << figures.lost << " lost, "
            << figures.recovered << " recovered; " << dropped << " frames dropped, at most "
            << figures.largestQueue << " bytes queued; " << early << ", then " << late
            << " bytes of memory\n";
  // Of each trouble once, and once of the way into Lost and out of it.
  EXPECT_LE(figures.degraded + figures.lost, figures.troubles + 2 * figures.cuts);
  EXPECT_LE(figures.lost, figures.cuts * kServers);
  EXPECT_LE(figures.recovered, figures.degraded + figures.lost);
}

TEST(Soak, AServerThatComesAndGoesForADayIsToldOfOnce) {
  Soak soak;
  soak.runWithFlapping(24h);
  soak.runInPeace(1h);
  EXPECT_GT(soak.figures.losses, 1000U);
  EXPECT_EQ(soak.figures.degraded, 1U);
  EXPECT_EQ(soak.figures.lost, 0U);
  EXPECT_EQ(soak.figures.recovered, 1U);
}

}  // namespace
}  // namespace multiconnection::client
