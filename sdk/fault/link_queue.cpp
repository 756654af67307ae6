#include "fault/link_queue.hpp"

#include <algorithm>
#include <utility>

#include "fault/shared_rate.hpp"

namespace multiconnection::fault {
namespace {

using std::chrono::duration_cast;
using Clock = LinkQueue::Clock;

/// What an Ethernet frame carries of a TCP stream.
constexpr std::size_t kSegmentBytes = 1460;

}  // namespace

void LinkQueue::set(const LinkConditions& conditions, Clock::time_point now) {
  advance(now);
  const bool freed = conditions_.stalled && !conditions.stalled;
  conditions_ = conditions;
  if (freed) free_ = std::max(free_, now);
}

std::size_t LinkQueue::room(Clock::time_point now) {
  advance(now);
  return conditions_.bufferBytes - std::min(conditions_.bufferBytes, waitingBytes_);
}

void LinkQueue::push(std::span<const std::uint8_t> bytes, Clock::time_point now) {
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), kSegmentBytes));
    waiting_.push_back({Bytes(part.begin(), part.end()), now});
    waitingBytes_ += part.size();
    bytes = bytes.subspan(part.size());
  }
  advance(now);
}

Bytes LinkQueue::take(Clock::time_point now) {
  advance(now);
  Bytes arrived;
  while (!onTheWay_.empty() && onTheWay_.front().at <= now) {
    const Bytes& bytes = onTheWay_.front().bytes;
    arrived.insert(arrived.end(), bytes.begin(), bytes.end());
    onTheWay_.pop_front();
  }
  return arrived;
}

std::optional<Clock::time_point> LinkQueue::next(Clock::time_point now) {
  advance(now);
  std::optional<Clock::time_point> first;
  if (!onTheWay_.empty()) first = onTheWay_.front().at;
  if (!waiting_.empty() && !conditions_.stalled) {
    const auto departs = departure();
    if (!first || departs < *first) first = departs;
  }
  return first;
}

Clock::time_point LinkQueue::departure() {
  const Segment& segment = waiting_.front();
  const auto begin = std::max(free_, segment.at);
  const auto departs = begin + timeOf(segment.bytes.size(), conditions_.bitsPerSecond);
  if (!shared_) return departs;
  if (!throughShared_) throughShared_ = shared_->take(segment.bytes.size(), begin);
  return std::max(departs, *throughShared_);
}

void LinkQueue::advance(Clock::time_point now) {
  if (conditions_.stalled) return;
  while (!waiting_.empty()) {
    const auto departs = departure();
    if (departs > now) return;
    free_ = departs;
    throughShared_.reset();
    Segment segment = std::move(waiting_.front());
    waiting_.pop_front();
    waitingBytes_ -= segment.bytes.size();
    const auto jitter = conditions_.jitter * fraction();
    segment.at = std::max(lastArrival_,
                          departs + conditions_.delay + duration_cast<Clock::duration>(jitter));
    lastArrival_ = segment.at;
    corrupt(segment.bytes);
    onTheWay_.push_back(std::move(segment));
  }
}

/// SplitMix64: the same numbers everywhere for the same seed.
std::uint64_t LinkQueue::random() {
  chance_ += 0x9E3779B97F4A7C15;
  std::uint64_t mixed = chance_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

double LinkQueue::fraction() { return static_cast<double>(random() >> 11) * 0x1p-53; }

void LinkQueue::corrupt(Bytes& bytes) {
  if (conditions_.corruption == 0) return;
  for (std::uint8_t& byte : bytes) {
    if (fraction() < conditions_.corruption) byte ^= static_cast<std::uint8_t>(1 + random() % 255);
  }
}

}  // namespace multiconnection::fault
