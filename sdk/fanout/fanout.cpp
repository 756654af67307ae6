#include "fanout/fanout.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "flv/metadata.hpp"

namespace multiconnection::fanout {
namespace {

std::vector<outbox::SharedFrame> framesOf(std::vector<MediaMessage> messages) {
  std::vector<outbox::SharedFrame> frames;
  frames.reserve(messages.size());
  for (MediaMessage& message : messages) frames.emplace_back(std::move(message));
  return frames;
}

}  // namespace

void Fanout::add(Target& target) {
  const bool live = !cache_.hasStarted();
  targets_.push_back({&target, live});
  if (!live) return;
  auto headers = framesOf(cache_.headersAt(newest_));
  pushTo(target, headers);
  target.onJoined();
  target.flush();
}

void Fanout::remove(const Target& target) {
  std::erase_if(targets_, [&](const Member& member) { return member.target == &target; });
}

void Fanout::replace(const Target& successor, Target& target) {
  remove(target);
  for (Member& member : targets_) {
    if (member.target == &successor) member.target = &target;
  }
}

bool Fanout::has(const Target& target) const {
  return std::any_of(targets_.begin(), targets_.end(),
                     [&](const Member& member) { return member.target == &target; });
}

void Fanout::push(MediaMessage message) {
  if (message.kind == MediaKind::Data) shapeMetadata(message);
  newest_ = std::max(newest_, message.timestamp);
  outbox::SharedFrame frame(std::move(message));
  noteCodec(frame);
  if (!cache_.observe(frame)) return;
  const bool joining = joinsAt(frame);
  std::vector<outbox::SharedFrame> headers;  // made for the first joiner, shared by all
  for (Member& member : targets_) {
    if (!member.live) {
      if (!joining) continue;
      member.live = true;
      member.gate.close(cache_.videoTracks());
      if (headers.empty()) headers = framesOf(cache_.headersAt(frame.message().timestamp));
      pushTo(*member.target, headers);
      member.target->onJoined();
    }
    if (!member.gate.takes(frame) || !member.target->takes(frame)) continue;
    member.target->outbox().pushMedia(frame, member.target->shape());
  }
}

void Fanout::noteCodec(const outbox::SharedFrame& frame) {
  const auto codec = frame.traits().codec;
  if (!codec || std::find(codecs_.begin(), codecs_.end(), *codec) != codecs_.end()) return;
  codecs_.push_back(*codec);
  if (onCodec_) onCodec_(*codec);
}

void Fanout::shapeMetadata(MediaMessage& message) const {
  if (metadata_ == Metadata::ForServers) {
    if (!flv::isMetadata(*message.body)) return;
    message.body = std::make_shared<const Bytes>(flv::withSetDataFrame(*message.body));
    return;
  }
  const auto bare = flv::withoutSetDataFrame(*message.body);
  if (bare.size() == message.body->size()) return;
  message.body = std::make_shared<const Bytes>(bare.begin(), bare.end());
}

bool Fanout::joinsAt(const outbox::SharedFrame& frame) const {
  if (frame.isHeader()) return false;
  if (!cache_.hasVideo()) return frame.message().kind == MediaKind::Audio;
  return frame.message().kind == MediaKind::Video && frame.traits().keyFrame;
}

void Fanout::pushTo(Target& target, std::vector<outbox::SharedFrame>& frames) {
  for (outbox::SharedFrame& frame : frames) target.outbox().pushMedia(frame, target.shape());
}

void Fanout::flush() {
  for (const Member& member : targets_) member.target->flush();
}

void Fanout::reset() {
  cache_ = {};
  codecs_.clear();
  newest_ = std::chrono::milliseconds(0);
  for (Member& member : targets_) {
    if (!std::exchange(member.live, true)) member.target->onJoined();
    member.gate.open();
  }
}

Fanout::Awaiting Fanout::awaitingKeyFrame() const {
  Awaiting awaiting;
  if (!cache_.hasVideo()) return awaiting;
  for (const Member& member : targets_) {
    if (!member.live || member.gate.isClosed()) {
      ++awaiting.joining;
    } else if (awaitsKeyFrame(*member.target)) {
      ++awaiting.resuming;
    }
  }
  return awaiting;
}

bool Fanout::awaitsKeyFrame(Target& target) const {
  return target.outbox().awaitsKeyFrame(target.shape().streamId, cache_.videoTracks());
}

std::size_t Fanout::maxQueueBytes() const {
  std::size_t most = 0;
  for (const Member& member : targets_) {
    most = std::max(most, member.target->outbox().queueBytes());
  }
  return most;
}

}  // namespace multiconnection::fanout
