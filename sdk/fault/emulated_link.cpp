#include "fault/emulated_link.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "transport/tcp_connector.hpp"

namespace multiconnection::fault {
namespace {

using Clock = LinkQueue::Clock;

constexpr std::chrono::seconds kConnectLimit{30};
constexpr std::size_t kReadBytes = 64 * 1024;

}  // namespace

EmulatedLink::EmulatedLink(Host& host, std::uint64_t id,
                           std::unique_ptr<transport::Connection> near)
    : host_(host),
      id_(id),
      near_(std::move(near)),
      ways_{
          Way{LinkQueue(host.options.up, host.options.seed + 2 * id, host.options.sharedUp),
              reactor::Timer(host.loop)},
          Way{LinkQueue(host.options.down, host.options.seed + 2 * id + 1, host.options.sharedDown),
              reactor::Timer(host.loop)}} {}

void EmulatedLink::start() {
  connecting_ = transport::connectTcp(host_.loop.io(), host_.loop.resolver(),
                                      {host_.options.targetAddress, host_.options.targetPort},
                                      Clock::now() + kConnectLimit,
                                      [this](Result<std::unique_ptr<transport::Connection>> far) {
                                        const auto self = shared_from_this();
                                        if (!far) return reset();
                                        open(std::move(far).value());
                                      });
}

void EmulatedLink::open(std::unique_ptr<transport::Connection> far) {
  far_ = std::move(far);
  ways_[Up].from = ways_[Down].to = near_.get();
  ways_[Up].to = ways_[Down].from = far_.get();
  run(Up);
  run(Down);
}

void EmulatedLink::set(Direction direction, const LinkConditions& conditions) {
  ways_[direction].queue.set(conditions, Clock::now());
  run(direction);
}

void EmulatedLink::run(Direction direction) {
  Way& way = ways_[direction];
  if (ended_ || way.from == nullptr) return;
  const auto self = shared_from_this();
  std::uint64_t& count = direction == Up ? host_.counters.bytesUp : host_.counters.bytesDown;
  if (!readInto(way) || !writeOut(way, count)) return reset();
  if (way.ended && way.queue.empty() && way.arrived.empty() && !std::exchange(way.closed, true)) {
    way.to->shutdownWrite();
  }
  if (ways_[Up].closed && ways_[Down].closed) return end();
  waitFor(direction);
}

bool EmulatedLink::readInto(Way& way) {
  std::array<std::uint8_t, kReadBytes> buffer;
  while (!way.ended && way.arrived.empty()) {  // else who does not read holds the sender up
    const auto now = Clock::now();
    const std::size_t room = std::min(way.queue.room(now), buffer.size());
    if (room == 0) break;
    std::error_code error;
    const std::size_t count = way.from->read(std::span(buffer).first(room), error);
    if (error == Errc::Closed) {
      way.ended = true;
    } else if (error) {
      return false;
    }
    if (count == 0) break;
    way.queue.push(std::span(buffer).first(count), now);
  }
  return true;
}

bool EmulatedLink::writeOut(Way& way, std::uint64_t& count) {
  while (true) {
    if (way.arrived.empty()) way.arrived = way.queue.take(Clock::now());
    if (way.arrived.empty()) return true;
    const transport::ConstBuffer rest{way.arrived.data(), way.arrived.size()};
    std::error_code error;
    const std::size_t taken = way.to->write({&rest, 1}, error);
    if (error) return false;
    if (taken == 0) return true;
    count += taken;
    way.arrived.erase(way.arrived.begin(),
                      way.arrived.begin() + static_cast<std::ptrdiff_t>(taken));
  }
}

/// For whatever can move next: what is read, written, or on its way.
void EmulatedLink::waitFor(Direction direction) {
  Way& way = ways_[direction];
  const auto again = [this, direction] { run(direction); };
  const auto now = Clock::now();
  if (!way.arrived.empty()) return way.to->waitWritable(again);
  if (!way.ended && way.queue.room(now) > 0) way.from->waitReadable(again);
  if (const auto next = way.queue.next(now)) {
    way.timer.arm(*next, again);
  }
}

void EmulatedLink::reset() {
  for (transport::Connection* connection : {near_.get(), far_.get()}) {
    if (connection != nullptr) connection->resetOnClose();
  }
  end();
}

void EmulatedLink::vanish() {
  if (far_ == nullptr) return reset();
  for (Way& way : ways_) {
    way.timer.cancel();
    way.from = way.to = nullptr;
  }
  far_->waitReadable(nullptr);
  far_->waitWritable(nullptr);
  near_->resetOnClose();
  near_.reset();
}

void EmulatedLink::end() {
  if (std::exchange(ended_, true)) return;
  connecting_.reset();
  for (Way& way : ways_) way.timer.cancel();
  near_.reset();
  far_.reset();
  host_.onEnded(id_);
}

}  // namespace multiconnection::fault
