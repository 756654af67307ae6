// From what the application hands in to the servers.
#include <algorithm>
#include <utility>

#include "client/stream_engine.hpp"

namespace multiconnection::client {
namespace {

using std::chrono::milliseconds;

/// A lossless source is read on while every server's queue is below this.
constexpr std::size_t kHighWaterBytes = 1u << 20;
/// Media that came in one burst is sent by and by, so that it does not look like a slow server's.
constexpr milliseconds kBurst{100};
/// Rounds of reading a lossless source before other work of the loop gets its turn.
constexpr std::size_t kPumpRounds = 8;

}  // namespace

void StreamEngine::beginSource(PullOptions::Pace pace) {
  pace_ = pace;
  fanout_.reset();
  forgetUplink();
}

void StreamEngine::pump() {
  if (std::exchange(pumping_, true)) return;
  std::size_t rounds = 0;
  while (takeFromFeed()) {
    fanout_.flush();
    if (++rounds < kPumpRounds) continue;
    pumpTimer_.arm(Clock::now(), [this] { pump(); });
    break;
  }
  pumping_ = false;
  askForKeyFrame(Clock::now());
  if (feed_->size() != 0) return;
  for (const auto& done : std::exchange(afterFeed_, {})) done();
}

bool StreamEngine::takeFromFeed() {
  std::optional<milliseconds> first;
  MediaMessage message;
  while (mayTake() && feed_->take(message)) {
    const milliseconds now = message.timestamp;
    fanout_.push(std::move(message));
    if (now - first.value_or(now) >= kBurst) return true;
    first = first.value_or(now);
  }
  return first.has_value();
}

bool StreamEngine::mayTake() const {
  if (!lossless()) return true;
  if (fanout_.size() == 0 && isAnyoneExpected()) return false;
  return fanout_.maxQueueBytes() < kHighWaterBytes;
}

/// Whether a server may yet take the stream, or again.
bool StreamEngine::isAnyoneExpected() const {
  if (reconnector_.isTrying()) return true;
  return use_ == Use::Publish && std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) {
           return slot->isWanted() && slot->isRunning() &&
                  (!slot->isConnected() || slot->isPublishing());
         });
}

void StreamEngine::sendRest(std::deque<MediaMessage> rest) {
  pace_ = PullOptions::Pace::RealTime;  // nobody is waited for any more; the policies stay
  pumping_ = true;                      // what came later stays behind
  std::optional<milliseconds> first;
  for (MediaMessage& message : rest) {
    const milliseconds now = message.timestamp;
    fanout_.push(std::move(message));
    if (now - first.value_or(now) >= kBurst) {
      fanout_.flush();
      first = now;
    }
    first = first.value_or(now);
  }
  fanout_.flush();
  pumping_ = false;
  pump();
}

void StreamEngine::afterFeed(std::function<void()> done) {
  afterFeed_.push_back(std::move(done));
  pump();
}

void StreamEngine::onQueueEmpty() {
  if (lossless()) pump();
}

}  // namespace multiconnection::client
