#include "fault/link_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

namespace multiconnection::fault {
namespace {

using namespace std::chrono_literals;
using Clock = LinkQueue::Clock;

constexpr Clock::time_point kStart{1h};

Bytes numbered(std::size_t count) {
  Bytes bytes(count);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

LinkConditions rate(std::uint64_t bitsPerSecond) {
  LinkConditions conditions;
  conditions.bitsPerSecond = bitsPerSecond;
  return conditions;
}

/// Steps through all that is to happen up to `limit`.
Bytes takeAll(LinkQueue& queue, Clock::time_point now, Clock::time_point limit) {
  Bytes all = queue.take(now);
  while (const auto next = queue.next(now)) {
    now = std::max(now, *next);
    if (now > limit) break;
    const Bytes some = queue.take(now);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

TEST(LinkQueue, PassesAllOnAtOnceWithoutConditions) {
  LinkQueue queue({}, 1);
  queue.push(numbered(5000), kStart);
  EXPECT_EQ(queue.take(kStart), numbered(5000));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.next(kStart), std::nullopt);
}

TEST(LinkQueue, CarriesWhatItsRateAllows) {
  LinkQueue queue(rate(1460 * 8 * 10), 1);  // ten segments a second
  queue.push(numbered(14600), kStart);
  EXPECT_TRUE(queue.take(kStart + 99ms).empty());
  EXPECT_EQ(queue.next(kStart + 99ms), kStart + 100ms);
  EXPECT_EQ(queue.take(kStart + 100ms).size(), 1460u);
  EXPECT_EQ(queue.take(kStart + 550ms).size(), 4 * 1460u);
  EXPECT_EQ(queue.take(kStart + 1s).size(), 5 * 1460u);
}

TEST(LinkQueue, AnIdleLinkSavesNothingUp) {
  LinkQueue queue(rate(1460 * 8 * 10), 1);
  queue.push(numbered(1460), kStart);
  EXPECT_EQ(queue.take(kStart + 10s).size(), 1460u);
  queue.push(numbered(2920), kStart + 10s);
  EXPECT_TRUE(queue.take(kStart + 10s).empty());
  EXPECT_EQ(queue.take(kStart + 10s + 200ms).size(), 2920u);
}

TEST(LinkQueue, DelaysWithoutTakingFromTheRate) {
  LinkConditions conditions = rate(1460 * 8 * 10);
  conditions.delay = 300ms;
  LinkQueue queue(conditions, 1);
  queue.push(numbered(2920), kStart);
  EXPECT_TRUE(queue.take(kStart + 399ms).empty());
  EXPECT_EQ(queue.take(kStart + 400ms).size(), 1460u);
  EXPECT_EQ(queue.take(kStart + 500ms).size(), 1460u);
}

TEST(LinkQueue, KeepsTheOrderUnderJitter) {
  LinkConditions conditions;
  conditions.delay = 10ms;
  conditions.jitter = 50ms;
  LinkQueue queue(conditions, 7);
  const Bytes sent = numbered(100000);
  queue.push(sent, kStart);
  EXPECT_TRUE(queue.take(kStart + 9ms).empty());
  EXPECT_EQ(takeAll(queue, kStart + 9ms, kStart + 60ms), sent);
}

TEST(LinkQueue, HoldsTheSenderUpWhenItsBufferIsFull) {
  LinkConditions conditions = rate(8000);
  conditions.bufferBytes = 10000;
  LinkQueue queue(conditions, 1);
  EXPECT_EQ(queue.room(kStart), 10000u);
  queue.push(numbered(10000), kStart);
  EXPECT_EQ(queue.room(kStart), 0u);
  EXPECT_EQ(queue.room(kStart + 1460ms), 1460u);
}

TEST(LinkQueue, MovesNothingWhileItIsStalled) {
  LinkConditions conditions = rate(1460 * 8 * 10);
  LinkQueue queue(conditions, 1);
  queue.push(numbered(2920), kStart);
  conditions.stalled = true;
  queue.set(conditions, kStart + 100ms);
  EXPECT_EQ(queue.take(kStart + 1h).size(), 1460u) << "it had left before";
  EXPECT_EQ(queue.next(kStart + 1h), std::nullopt);
  conditions.stalled = false;
  queue.set(conditions, kStart + 1h);
  EXPECT_TRUE(queue.take(kStart + 1h).empty());
  EXPECT_EQ(queue.take(kStart + 1h + 100ms).size(), 1460u);
}

TEST(LinkQueue, ANewRateIsForWhatStillWaits) {
  LinkQueue queue(rate(8), 1);
  queue.push(numbered(1460), kStart);
  queue.set(rate(1460 * 8 * 10), kStart + 1s);
  EXPECT_EQ(queue.take(kStart + 1s).size(), 1460u);
}

TEST(LinkQueue, ChangesTheShareOfBytesThatItIsTold) {
  LinkConditions conditions;
  conditions.corruption = 0.01;
  LinkQueue queue(conditions, 3);
  const Bytes sent(100000, 0x55);
  queue.push(sent, kStart);
  const Bytes arrived = queue.take(kStart);
  ASSERT_EQ(arrived.size(), sent.size());
  const auto same = static_cast<std::size_t>(std::count(arrived.begin(), arrived.end(), 0x55));
  EXPECT_NEAR(static_cast<double>(sent.size() - same), 1000, 150);
}

TEST(LinkQueue, DoesTheSameForTheSameSeed) {
  LinkConditions conditions;
  conditions.jitter = 50ms;
  conditions.corruption = 0.1;
  LinkQueue first(conditions, 5);
  LinkQueue second(conditions, 5);
  first.push(numbered(20000), kStart);
  second.push(numbered(20000), kStart);
  for (auto now = kStart; now < kStart + 60ms; now += 5ms) {
    ASSERT_EQ(first.take(now), second.take(now));
  }
}

/// Runs both queues up to `end`. @return the bytes that each of them let through.
std::pair<std::size_t, std::size_t> runBoth(LinkQueue& first, LinkQueue& second,
                                            Clock::time_point end) {
  std::pair<std::size_t, std::size_t> bytes;
  for (Clock::time_point now = kStart; now <= end;) {
    bytes.first += first.take(now).size();
    bytes.second += second.take(now).size();
    now = std::min(first.next(now).value_or(Clock::time_point::max()),
                   second.next(now).value_or(Clock::time_point::max()));
  }
  return bytes;
}

TEST(LinkQueue, SharesARateWithOthers) {
  const auto shared = std::make_shared<SharedRate>(1460 * 8 * 10);
  LinkQueue first({}, 1, shared);
  LinkQueue second({}, 2, shared);
  first.push(numbered(14600), kStart);
  second.push(numbered(14600), kStart);
  EXPECT_TRUE(first.take(kStart + 99ms).empty());
  EXPECT_EQ(first.take(kStart + 100ms).size(), 1460u);
  EXPECT_TRUE(second.take(kStart + 199ms).empty());
  EXPECT_EQ(second.take(kStart + 200ms).size(), 1460u);
  EXPECT_EQ(first.take(kStart + 300ms).size(), 1460u);
  EXPECT_EQ(second.take(kStart + 400ms).size(), 1460u);
}

TEST(LinkQueue, LeavesToOthersWhatItDoesNotNeed) {
  const auto shared = std::make_shared<SharedRate>(1460 * 8 * 10);
  LinkQueue first({}, 1, shared);
  LinkQueue second({}, 2, shared);
  first.push(numbered(2 * 1460), kStart);
  second.push(numbered(20 * 1460), kStart);
  const auto [little, much] = runBoth(first, second, kStart + 1s);
  EXPECT_EQ(little, 2 * 1460u);
  EXPECT_EQ(much, 8 * 1460u);
}

TEST(LinkQueue, HasItsOwnRateBesideTheSharedOne) {
  const auto shared = std::make_shared<SharedRate>(1460 * 8 * 10);
  LinkQueue slow(rate(1460 * 8 * 2), 1, shared);
  LinkQueue quick({}, 2, shared);
  slow.push(numbered(20 * 1460), kStart);
  quick.push(numbered(20 * 1460), kStart);
  const auto [little, much] = runBoth(slow, quick, kStart + 1s);
  EXPECT_EQ(little, 2 * 1460u);
  EXPECT_GE(much, 7 * 1460u);
  EXPECT_LE(little + much, 10 * 1460u);
}

TEST(LinkQueue, FollowsASharedRateThatChanges) {
  const auto shared = std::make_shared<SharedRate>(1460 * 8 * 10);
  LinkQueue queue({}, 1, shared);
  queue.push(numbered(20 * 1460), kStart);
  EXPECT_EQ(takeAll(queue, kStart, kStart + 500ms).size(), 5 * 1460u);
  shared->set(1460 * 8 * 100);
  EXPECT_EQ(takeAll(queue, kStart + 500ms, kStart + 650ms).size(), 6 * 1460u)
      << "what was under way keeps the old rate";
  shared->set(0);
  EXPECT_EQ(takeAll(queue, kStart + 660ms, kStart + 660ms).size(), 9 * 1460u);
}

TEST(LinkQueue, ASharedRateSavesNothingUp) {
  const auto shared = std::make_shared<SharedRate>(1460 * 8 * 10);
  LinkQueue queue({}, 1, shared);
  LinkConditions stalled;
  stalled.stalled = true;
  queue.set(stalled, kStart);
  queue.push(numbered(14600), kStart);
  queue.set({}, kStart + 10s);
  EXPECT_TRUE(queue.take(kStart + 10s).empty());
  EXPECT_EQ(takeAll(queue, kStart + 10s, kStart + 11s).size(), 14600u);
}

}  // namespace
}  // namespace multiconnection::fault
