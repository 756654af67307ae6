#include "client/player.hpp"

#include <algorithm>
#include <utility>

#include "client/server_text.hpp"

namespace multiconnection::client {

using std::chrono::milliseconds;

session::PlayRequest resumed(session::PlayRequest request, milliseconds position) {
  const double from = std::max(request.start, 0.0);
  request.start = std::max(from, static_cast<double>(position.count()) / 1000);
  if (request.duration > 0) {
    request.duration = std::max(0.0, request.duration - (request.start - from));
  }
  return request;
}

void Player::start(PlayJob job) {
  stop();
  active_ = true;
  request_ = std::move(job.request);
  timeout_ = job.timeout;
  only_ = job.only;
  inbox_ = std::move(job.inbox);
  refused_.clear();
  lost_.clear();
  leftWhy_.clear();
  position_ = milliseconds(0);
  recorded_ = request_.start >= 0;
  finished_ = switched_ = paused_ = false;
  audio_ = video_ = true;
  playNext();
}

void Player::stop() {
  timer_.cancel();
  if (slot_ != nullptr) slot_->setReading(true);  // a full inbox may have paused it
  slot_ = nullptr;
  asked_ = started_ = active_ = false;
  inbox_.reset();
}

void Player::playNext() {
  if (!active_ || finished_ || slot_ != nullptr) return;
  const auto mayPlay = [this](const ServerSlot& slot) {
    const ServerId id = slot.config().id;
    return (!only_ || id == *only_) && !refused_.contains(id);
  };
  slot_ = owner_.findReady(
      [&](const ServerSlot& slot) { return mayPlay(slot) && !lost_.contains(slot.config().id); });
  if (slot_ != nullptr) {
    timer_.arm(std::chrono::steady_clock::now() + timeout_, [this] { onOverdue(); });
    owner_.openFor(*slot_);
    return ask();
  }
  const bool any = refused_.empty();
  if (owner_.isExpected([&](const ServerSlot& slot) {
        return any ? mayPlay(slot) : lost_.contains(slot.config().id);
      })) {
    return;
  }
  stop();
  owner_.tell(StatusCode::StreamPlayFailed, StatusLevel::Error,
              "no server that is ready plays the stream: " +
                  (leftWhy_.empty() ? "none is there, or tried again" : leftWhy_));
}

void Player::ask() {
  if (slot_ == nullptr || asked_ || !slot_->isConnected()) return;
  asked_ = true;
  slot_->play(recorded_ ? resumed(request_, position_) : request_, switched_);
}

bool Player::needs(const ServerSlot& slot) const {
  return active_ && (slot_ == &slot || lost_.contains(slot.config().id));
}

void Player::onReady(ServerId server) {
  lost_.erase(server);
  if (slot_ == nullptr) return playNext();
  ask();
}

void Player::onOverdue() {
  const std::string why = "no answer to play within " + std::to_string(timeout_.count()) + " ms";
  ServerSlot& slot = *slot_;
  refused_.insert(slot.config().id);
  leave(why);
  slot.refusePlay(why);
  playNext();
}

void Player::leave(const std::string& why) {
  timer_.cancel();
  leftWhy_ = "server " + std::to_string(slot_->config().index) + " " + slot_->config().redactedUrl +
             ": " + why;
  slot_->setReading(true);
  slot_ = nullptr;
  asked_ = started_ = false;
}

void Player::onAnswered(ServerSlot& slot) {
  if (slot_ != &slot) return;
  timer_.cancel();
  started_ = true;
  if (!leftWhy_.empty()) {
    std::string reason = "goes on with server " + std::to_string(slot.config().index) + " " +
                         slot.config().redactedUrl;
    if (recorded_) reason += " at " + std::to_string(position_.count()) + " ms";
    owner_.tell(StatusCode::PlayFailover, StatusLevel::Warning,
                reason + "; left " + std::exchange(leftWhy_, {}));
  }
  applyVerbs();
}

void Player::applyVerbs() {
  if (!audio_) receiveAudio(false);
  if (!video_) receiveVideo(false);
  if (paused_) pause(true);
}

void Player::onRefused(ServerSlot& slot) {
  if (slot_ != &slot) return;
  refused_.insert(slot.config().id);
  leave(reasonOf(slot.report()));
  playNext();
}

void Player::onLost(ServerSlot& slot, const std::string& why) {
  if (slot_ != &slot) return reconsider();
  (slot.isDismissed() ? refused_ : lost_).insert(slot.config().id);
  leave(why);
  playNext();
}

void Player::onStreamEnded(ServerSlot& slot) {
  if (slot_ == &slot && recorded_) finished_ = true;
}

void Player::onRecorded(ServerSlot& slot) {
  if (slot_ == &slot) recorded_ = true;
}

void Player::onMedia(ServerSlot& slot, MediaMessage&& message) {
  if (slot_ != &slot || !inbox_) return;
  finished_ = false;  // after a seek
  refused_.clear();
  position_ = message.timestamp;
  if (!inbox_->push(std::move(message))) slot.setReading(false);
}

void Player::resume() {
  if (slot_ != nullptr) slot_->setReading(true);
}

template <class Verb>
void Player::now(Verb verb) {
  if (started_) slot_->onStream(verb);
}

void Player::pause(bool paused) {
  paused_ = paused;
  now([&](session::NetStream& stream, session::Actions& out) {
    return stream.pause(paused, position_, out);
  });
}

void Player::seek(milliseconds to) {
  position_ = to;
  if (!started_) {
    recorded_ = true;
    return;
  }
  finished_ = false;
  now([&](session::NetStream& stream, session::Actions& out) { return stream.seek(to, out); });
}

void Player::receiveAudio(bool wanted) {
  audio_ = wanted;
  now([&](session::NetStream& stream, session::Actions& out) {
    return stream.receiveAudio(wanted, out);
  });
}

void Player::receiveVideo(bool wanted) {
  video_ = wanted;
  now([&](session::NetStream& stream, session::Actions& out) {
    return stream.receiveVideo(wanted, out);
  });
}

void Player::switchTo(const std::string& name, session::Transition transition) {
  const std::string old =
      switched_ || slot_ == nullptr ? request_.name : slot_->streamName(request_.name, false);
  request_.name = name;
  switched_ = true;
  now([&](session::NetStream& stream, session::Actions& out) {
    session::PlaySwitch request;
    request.name = slot_->streamName(name, true);
    request.oldName = old;
    request.transition = transition;
    return stream.play2(request, out);
  });
}

void Player::setBufferTime(milliseconds length) {
  request_.bufferTime = length;
  now([&](session::NetStream& stream, session::Actions& out) {
    return stream.setBufferLength(length, out);
  });
}

}  // namespace multiconnection::client
