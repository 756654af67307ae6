#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "outbox/outbox.hpp"
#include "support/media_messages.hpp"
#include "unit/outbox/outbox_support.hpp"

namespace multiconnection::outbox {
namespace {

using namespace multiconnection::test;
using namespace test;

/// The rule, byte by byte: what was begun goes on; else control; else media.
class Model {
 public:
  void control(const Bytes& bytes) { control_.push_back(bytes); }
  void media(const Bytes& bytes) { media_.push_back(bytes); }
  Bytes take(std::size_t count) {
    Bytes taken;
    while (taken.size() < count) {
      if (current_.empty()) {
        auto& queue = control_.empty() ? media_ : control_;
        current_.assign(queue.front().begin(), queue.front().end());
        queue.pop_front();
      }
      taken.push_back(current_.front());
      current_.pop_front();
    }
    return taken;
  }
  std::size_t bytes() const {
    std::size_t sum = current_.size();
    for (const Bytes& bytes : control_) sum += bytes.size();
    for (const Bytes& bytes : media_) sum += bytes.size();
    return sum;
  }

 private:
  std::deque<std::uint8_t> current_;
  std::deque<Bytes> control_;
  std::deque<Bytes> media_;
};

void runOne(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  Outbox outbox({.lossless = true});
  Model model;
  for (int step = 0; step < 300; ++step) {
    switch (below(4)) {
      case 0: {
        const Bytes bytes(1 + below(20), static_cast<std::uint8_t>(step));
        outbox.pushControl(bytes);
        model.control(bytes);
        break;
      }
      case 1: {
        SharedFrame frame(audioFrame(step, static_cast<std::uint8_t>(step), 4 + below(300)));
        outbox.pushMedia(frame, {});
        model.media(*frame.wire({}));
        break;
      }
      default: {
        const std::size_t count = below(std::min<std::size_t>(model.bytes(), 400) + 1);
        ASSERT_EQ(take(outbox, count, 1 + below(5)), model.take(count)) << "seed " << seed;
      }
    }
    ASSERT_EQ(outbox.queueBytes(), model.bytes()) << "seed " << seed << ", step " << step;
  }
  ASSERT_EQ(drain(outbox), model.take(model.bytes())) << "seed " << seed;
  ASSERT_TRUE(outbox.empty());
}

TEST(OutboxModel, WritesExactlyTheExpectedBytesWhateverThePortions) {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    runOne(seed);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace multiconnection::outbox
