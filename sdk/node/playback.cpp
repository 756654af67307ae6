#include "node/playback.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "outbox/shared_frame.hpp"

namespace multiconnection::node {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 128 * 1024;

}  // namespace

Playback::Playback(reactor::Loop& loop, Recordings& recordings, reactor::RtmpLink& link,
                   const outbox::WireShape& shape, std::size_t maxQueueBytes, Observer& observer)
    : recordings_(recordings),
      link_(link),
      shape_(shape),
      maxQueueBytes_(maxQueueBytes),
      observer_(&observer),
      timer_(loop) {}

void Playback::open(const std::string& path, const PlayRequest& request) {
  request_ = request;
  clock_.setBuffer(request.buffer);
  recordings_.openReader(
      path, [self = shared_from_this()](Result<std::shared_ptr<RecordingReader>>&& reader) {
        if (self->observer_ == nullptr) return;
        if (!reader) return self->observer_->onOpened(reader.error());
        self->reader_ = std::move(reader).value();
        self->duration_ = self->reader_->duration();
        self->observer_->onOpened({});
      });
}

void Playback::play() {
  playing_ = true;
  goTo(request_.start, false);
}

void Playback::seek(Milliseconds time) {
  if (!playing_) {
    request_.start = time;
  } else if (time <= duration_) {
    goTo(time, true);
  } else {
    observer_->onSought(duration_, false);
  }
}

void Playback::goTo(Milliseconds time, bool sought) {
  timer_.cancel();
  queue_.clear();
  asking_ = true;
  const unsigned question = ++question_;
  recordings_.onDisk([self = shared_from_this(), question, time, sought] {
    auto headers = self->reader_->seek(time);
    self->recordings_.onLoop(
        [self, question, time, sought, headers = std::move(headers)]() mutable {
          if (question == self->question_) self->onPlaced(time, sought, std::move(headers));
        });
  });
}

void Playback::onPlaced(Milliseconds time, bool sought, Result<Messages>&& headers) {
  asking_ = false;
  if (observer_ == nullptr) return;
  if (!headers) return observer_->onFailed(headers.error());
  queue_.assign(headers->begin(), headers->end());
  if (!queue_.empty()) filter_.interrupt();
  clockSet_ = atEnd_ = completed_ = pictureSent_ = false;
  if (sought) announced_ = time;
  requestMore();
}

void Playback::requestMore() {
  asking_ = true;
  recordings_.onDisk([self = shared_from_this(), question = question_] {
    auto messages = self->reader_->read(kReadBytes);
    self->recordings_.onLoop([self, question, messages = std::move(messages)]() mutable {
      if (question == self->question_) self->onRead(std::move(messages));
    });
  });
}

void Playback::onRead(Result<Messages>&& messages) {
  asking_ = false;
  if (observer_ == nullptr) return;
  if (!messages) return observer_->onFailed(messages.error());
  atEnd_ = messages->empty();
  std::move(messages->begin(), messages->end(), std::back_inserter(queue_));
  pump();
}

void Playback::setPaused(bool paused) {
  clock_.setPaused(paused, Clock::now());
  if (paused) timer_.cancel();
  pump();
}

void Playback::setBuffer(Milliseconds buffer) {
  clock_.setBuffer(buffer);
  pump();
}

Playback::Milliseconds Playback::position() const {
  return clockSet_ ? std::min(clock_.at(Clock::now()), duration_) : request_.start;
}

void Playback::end() {
  observer_ = nullptr;
  ++question_;
  timer_.cancel();
  queue_.clear();
}

void Playback::pump() {
  // Writing may find the connection drained, which leads back to here.
  if (observer_ == nullptr || pumping_ || !playing_) return;
  pumping_ = true;
  sendDue();
  pumping_ = false;
  if (observer_ == nullptr) return;
  if (queue_.empty() && !atEnd_ && !asking_) requestMore();
  completeIfDone();
}

void Playback::sendDue() {
  if (announced_) {
    // The notice overtakes media: what is left of the old place goes first.
    if (!link_.outbox().mediaEmpty()) return;
    observer_->onSought(*std::exchange(announced_, std::nullopt), true);
    if (observer_ == nullptr) return;
  }
  while (sendNext()) {
  }
  link_.flush();
}

bool Playback::sendNext() {
  if (queue_.empty()) return false;
  const auto now = Clock::now();
  if (!std::exchange(clockSet_, true)) clock_.set(queue_.front().timestamp, now);
  if (isBeyond(queue_.front())) {
    queue_.clear();
    atEnd_ = true;
    return false;
  }
  if (!clock_.isDue(queue_.front().timestamp, now)) {
    if (clock_.paused()) return false;
    timer_.arm(clock_.dueTime(queue_.front().timestamp), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->pump();
    });
    return false;
  }
  if (link_.outbox().queueBytes() > maxQueueBytes_) {
    link_.flush();
    if (link_.outbox().queueBytes() > maxQueueBytes_) return false;  // until it is drained
  }
  outbox::SharedFrame frame(std::move(queue_.front()));
  queue_.pop_front();
  const bool picture = frame.message().kind == MediaKind::Video && !frame.isHeader();
  pictureSent_ = pictureSent_ || picture;
  if (filter_.takes(frame)) link_.outbox().pushMedia(frame, shape_);
  return true;
}

bool Playback::isBeyond(const MediaMessage& message) const {
  if (!request_.duration) return false;
  constexpr Milliseconds kWithoutPicture{1000};
  if (request_.duration->count() != 0) {
    return message.timestamp > request_.start + *request_.duration;
  }
  return pictureSent_ || message.timestamp > request_.start + kWithoutPicture;
}

void Playback::completeIfDone() {
  if (completed_ || asking_ || !atEnd_ || !queue_.empty()) return;
  if (announced_ || !link_.outbox().mediaEmpty()) return;
  completed_ = true;
  observer_->onCompleted();
}

}  // namespace multiconnection::node
