#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "outbox/outbox.hpp"
#include "support/media_messages.hpp"
#include "unit/outbox/outbox_support.hpp"

namespace multiconnection::outbox {
namespace {

using namespace multiconnection::test;
using namespace test;

/// What a decoder needs before a message; found by stream and timestamp, which is unique per track.
struct Need {
  std::optional<std::uint32_t> reference;  ///< Timestamp of the frame it refers to.
  std::optional<std::uint8_t> header;      ///< A key frame's decoder configuration.
};

/// A randomised publisher that knows which frame refers to which.
class Publisher {
 public:
  Publisher(std::mt19937& random, std::uint32_t streamId)
      : random_(random), shape_{128, streamId} {}

  void step(Outbox& outbox, int now) {
    if (below(3) == 0) send(outbox, audioFrame(now));
    if (below(60) == 0 || header_ == 0) {
      send(outbox, videoHeader(now, ++header_));
      forceKey_ = true;
    }
    const std::size_t bytes = 6 + below(400);
    if (forceKey_ || below(25) == 0) {
      forceKey_ = false;
      needs_[at(now)] = {std::nullopt, header_};
      reference_ = at(now);
      send(outbox, keyFrame(now, 0, bytes));
    } else if (below(3) == 0) {
      needs_[at(now)] = {reference_, std::nullopt};
      send(outbox, disposableFrame(now, 0, bytes));
    } else {
      needs_[at(now)] = {reference_, std::nullopt};
      reference_ = at(now);
      send(outbox, interFrame(now, 0, bytes));
    }
  }

  /// Looks at one message that came out.
  void receive(const rtmp::Message& message) {
    if (message.type != rtmp::MessageType::Video) return;
    if (message.body[1] == 0) {
      shownHeader_ = message.body.back();
      return;
    }
    const Need& need = needs_.at(message.timestamp);
    if (need.header) {
      EXPECT_EQ(shownHeader_, need.header) << "at " << message.timestamp;
    }
    if (need.reference) {
      EXPECT_TRUE(shown_.contains(*need.reference))
          << message.timestamp << " refers to " << *need.reference << ", which was not sent";
    }
    EXPECT_TRUE(shown_.insert(message.timestamp).second) << message.timestamp << " came twice";
    EXPECT_EQ(*shown_.rbegin(), message.timestamp) << "out of order";
  }
  std::uint64_t pushed() const { return pushed_; }
  std::size_t shown() const { return shown_.size(); }

 private:
  static std::uint32_t at(int now) { return static_cast<std::uint32_t>(now); }
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }
  void send(Outbox& outbox, MediaMessage message) {
    ++pushed_;
    push(outbox, std::move(message), shape_);
  }

  std::mt19937& random_;
  WireShape shape_;
  std::map<std::uint32_t, Need> needs_;
  std::uint32_t reference_ = 0;
  std::uint8_t header_ = 0;
  bool forceKey_ = true;
  std::set<std::uint32_t> shown_;
  std::optional<std::uint8_t> shownHeader_;
  std::uint64_t pushed_ = 0;
};

std::uint64_t sum(const MessageCounts& counts) { return counts.audio + counts.video + counts.data; }

/// Frames come at 25 per second; the socket takes random portions, at times nothing for seconds.
void runOne(unsigned seed, std::size_t streams, std::uint64_t& dropped, std::size_t& shown) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  Outbox outbox({.limits = {.maxBytes = seed % 3 == 0 ? 6000u : 1u << 20}});
  std::vector<Publisher> publishers;
  for (std::size_t i = 0; i < streams; ++i) {
    publishers.emplace_back(random, static_cast<std::uint32_t>(i + 1));
  }
  Bytes out;
  int blockedUntil = 0;
  for (int now = 0; now < 400 * 40; now += 40) {
    for (Publisher& publisher : publishers) publisher.step(outbox, now);
    if (below(40) == 0) blockedUntil = now + static_cast<int>(below(3000));
    if (now < blockedUntil) continue;
    const Bytes part = take(outbox, below(900 * streams));
    out.insert(out.end(), part.begin(), part.end());
  }
  const Bytes rest = drain(outbox);
  out.insert(out.end(), rest.begin(), rest.end());
  for (const rtmp::Message& message : messagesIn(out)) {
    publishers.at(message.streamId - 1).receive(message);
  }
  std::uint64_t pushed = 0;
  for (const Publisher& publisher : publishers) {
    pushed += publisher.pushed();
    shown += publisher.shown();
  }
  EXPECT_EQ(pushed, sum(outbox.sent()) + sum(outbox.dropped()));
  dropped += outbox.dropped().video;
}

void runMany(std::size_t streams) {
  std::uint64_t dropped = 0;
  std::size_t shown = 0;
  for (unsigned seed = 1; seed <= 150; ++seed) {
    runOne(seed, streams, dropped, shown);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
  // Without many drops, and much that is shown, this proves little.
  EXPECT_GT(dropped, 5000u);
  EXPECT_GT(shown, 5000u);
}

TEST(Reference, IsNeverMissingFromAFrameThatIsSent) { runMany(1); }

TEST(Reference, IsNeverMissingWhereStreamsShareAConnection) { runMany(2); }

}  // namespace
}  // namespace multiconnection::outbox
