#include "client/media_feed.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "flv/tag_traits.hpp"
#include "util/thread_setup.hpp"

namespace multiconnection::client {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kMaxSpan{2000};
constexpr std::size_t kMaxBytes = 64u << 20;
/// A waiting producer is to keep the loop busy, not to fill the memory.
constexpr std::size_t kComfortableBytes = 2u << 20;
/// Headers, metadata and other data before the first frame: more of it goes on its own.
constexpr std::size_t kMaxHeld = 16;

}  // namespace

Result<void> MediaFeed::offer(MediaMessage message) {
  {
    const std::lock_guard lock(mutex_);
    if (auto admitted = admit(message); !admitted) return admitted;
    if (!append(std::move(message))) return {};
  }
  wake_();
  return {};
}

Result<void> MediaFeed::admit(const MediaMessage& message) {
  const flv::TagTraits traits = flv::classify(message.kind, *message.body);
  const bool frame = message.kind == MediaKind::Video && !traits.header();
  if (frame && awaitKeyFrame_ && !traits.keyFrame) {
    ++dropped_.video;
    return Error{Errc::LimitExceeded, "dropped: an earlier frame that this one needs was dropped"};
  }
  const milliseconds span =
      waiting_.empty() ? milliseconds(0) : message.timestamp - waiting_.front().timestamp;
  if (span <= kMaxSpan && bytes_ + message.body->size() <= kMaxBytes) {
    if (frame) awaitKeyFrame_ = false;
    return {};
  }
  if (frame) {
    awaitKeyFrame_ = true;
    ++dropped_.video;
  } else if (message.kind == MediaKind::Audio && !traits.header()) {
    ++dropped_.audio;
  }
  return Error{Errc::LimitExceeded, "dropped: the hand-over queue holds " +
                                        std::to_string(span.count()) + " ms and " +
                                        std::to_string(bytes_) + " bytes"};
}

outbox::MessageCounts MediaFeed::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

bool MediaFeed::offerWaiting(MediaMessage message, const std::atomic<bool>& stopped) {
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return stopped || bytes_ < kComfortableBytes; });
    if (stopped) return false;
    if (!append(std::move(message))) return true;
  }
  wake_();
  return true;
}

bool MediaFeed::append(MediaMessage message) {
  bytes_ += message.body->size();
  time_ = std::max<std::int64_t>(time_, message.timestamp.count());
  waiting_.push_back(std::move(message));
  return !std::exchange(woken_, true);
}

bool MediaFeed::take(MediaMessage& message) {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  if (waiting_.empty()) return false;
  message = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_ -= message.body->size();
  if (bytes_ < kComfortableBytes) room_.notify_all();
  return true;
}

std::deque<MediaMessage> MediaFeed::takeAll() {
  const std::lock_guard lock(mutex_);
  bytes_ = 0;
  woken_ = false;
  room_.notify_all();
  return std::exchange(waiting_, {});
}

void MediaFeed::interrupt() {
  const std::lock_guard lock(mutex_);
  room_.notify_all();
}

void MediaFeed::reset() {
  const std::lock_guard lock(mutex_);
  waiting_.clear();
  bytes_ = 0;
  time_ = 0;
  dropped_ = {};
  awaitKeyFrame_ = false;
  woken_ = false;  // who was woken may have left what waited
  room_.notify_all();
}

std::size_t MediaFeed::size() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

struct SourcePump::State {
  State(std::shared_ptr<PullSource> input, PullOptions how, MediaFeed& into,
        std::function<void(Result<void>)> atEnd)
      : source(std::move(input)), options(std::move(how)), feed(into), onEnd(std::move(atEnd)) {}

  std::shared_ptr<PullSource> source;
  PullOptions options;
  MediaFeed& feed;
  std::function<void(Result<void>)> onEnd;

  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> stopped = false;

  // The rest belongs to the pump's thread.
  std::optional<Clock::time_point> origin;  ///< When timestamp 0 of the output is due.
  milliseconds shift{0};                    ///< Added to the source's timestamps; grows by loops.
  /// Where the first frame since the start of the input belongs; nothing: where its source says.
  std::optional<milliseconds> startAt;
  std::vector<MediaMessage> held;  ///< What came before that frame.
  milliseconds newest{0};
  milliseconds frameStep{40};  ///< Last step of one track: the gap between two rounds of a loop.
  std::array<std::optional<milliseconds>, 2> lastOfTrack{};  ///< Audio, video.
  std::array<SharedBytes, 3> lastHeaders{};                  ///< Audio, video, metadata.
  bool delivered = false;  ///< Something since the last start of the input.
};

SourcePump::SourcePump(std::shared_ptr<PullSource> source, PullOptions options, MediaFeed& feed,
                       std::function<void(Result<void>)> onEnd)
    : state_(
          std::make_shared<State>(std::move(source), std::move(options), feed, std::move(onEnd))) {}

SourcePump::~SourcePump() {
  stop();
  state_->source->interrupt();
  if (!thread_.joinable()) return;
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();  // inside the source: it comes back to find itself stopped
  } else {
    thread_.join();
  }
}

void SourcePump::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    state_->changed.notify_all();
  }
  state_->feed.interrupt();
}

void SourcePump::start() {
  if (thread_.joinable()) return;
  if (state_->feed.time().count() != 0) {
    state_->startAt = state_->feed.time() + state_->frameStep;
  }
  thread_ = std::thread([state = state_] { run(*state); });
}

void SourcePump::run(State& state) {
  util::setUpThread("mc-source");
  Result<void> outcome;
  while (true) {
    auto message = state.source->read();
    if (state.stopped) return;  // the feed may be gone
    if (!message) {
      outcome = message.error();
      break;
    }
    if (*message) {
      if (!deliver(state, std::move(**message))) return;
      continue;
    }
    if (!state.delivered && !deliverHeld(state, state.newest)) return;
    if (!state.options.loop || !state.delivered) break;
    const auto rewound = state.source->rewind();
    if (state.stopped) return;
    if (!rewound) {
      outcome = rewound.error();
      break;
    }
    state.delivered = false;
    state.startAt = state.newest + state.frameStep;
    state.lastOfTrack = {};
  }
  state.onEnd(std::move(outcome));
}

bool SourcePump::deliver(State& state, MediaMessage message) {
  const flv::TagTraits traits = flv::classify(message.kind, *message.body);
  const std::size_t track = message.kind == MediaKind::Audio   ? 0
                            : message.kind == MediaKind::Video ? 1
                                                               : 2;
  const bool header = traits.sequenceHeader || traits.metadata;
  if (traits.endOfSequence) {
    state.lastHeaders[track] = nullptr;  // What follows is a sequence of its own.
  } else if (header) {
    SharedBytes& last = state.lastHeaders[track];
    if (last && *last == *message.body) return true;  // each round of a loop repeats it
    last = message.body;
  }
  const bool frame = !header && !traits.endOfSequence && track < 2;
  if (!frame && !state.delivered && state.held.size() < kMaxHeld) {
    state.held.push_back(std::move(message));
    return true;
  }
  if (frame && !state.delivered) {
    if (state.startAt) state.shift = *state.startAt - message.timestamp;
    // Where a stream was joined after hours, they often stand at 0: this is their time.
    if (!deliverHeld(state, message.timestamp + state.shift)) return false;
    state.delivered = true;
  }
  message.timestamp += state.shift;
  if (frame) {
    auto& last = state.lastOfTrack[track];
    if (last && message.timestamp > *last) state.frameStep = message.timestamp - *last;
    last = message.timestamp;
  }
  return send(state, std::move(message));
}

bool SourcePump::deliverHeld(State& state, milliseconds timestamp) {
  for (MediaMessage& message : std::exchange(state.held, {})) {
    message.timestamp = timestamp;
    if (!send(state, std::move(message))) return false;
  }
  return true;
}

bool SourcePump::send(State& state, MediaMessage message) {
  state.newest = std::max(state.newest, message.timestamp);
  if (state.options.pace == PullOptions::Pace::RealTime &&
      !waitUntilDue(state, message.timestamp)) {
    return false;
  }
  return state.feed.offerWaiting(std::move(message), state.stopped);
}

bool SourcePump::waitUntilDue(State& state, milliseconds timestamp) {
  if (!state.origin) state.origin = Clock::now() - timestamp;
  std::unique_lock lock(state.mutex);
  return !state.changed.wait_until(lock, *state.origin + timestamp,
                                   [&] { return state.stopped.load(); });
}

}  // namespace multiconnection::client
