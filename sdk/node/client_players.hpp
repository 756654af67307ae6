#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "node/client.hpp"
#include "node/playback.hpp"
#include "node/stream_filter.hpp"

namespace multiconnection::node {

/// What plays on a stream of a client: a broadcast or a recording.
class Client::StreamPlayer {
 public:
  StreamPlayer(Client& client, std::uint32_t streamId) : client_(client), streamId_(streamId) {}
  virtual ~StreamPlayer() = default;
  StreamPlayer(const StreamPlayer&) = delete;
  StreamPlayer& operator=(const StreamPlayer&) = delete;

  virtual StreamFilter& filter() = 0;
  virtual void setPaused(bool paused) = 0;
  virtual void setBuffer(std::chrono::milliseconds) {}
  virtual void seek(std::chrono::milliseconds) {}
  virtual std::chrono::milliseconds position() const { return std::chrono::milliseconds(0); }
  virtual void onDrained() = 0;

 protected:
  outbox::WireShape ownShape() const {
    return {ClientSettings().chunkSize, streamId_, std::chrono::milliseconds(0)};
  }
  reactor::RtmpLink& link() const { return *client_.link_; }
  /// Has the state machine say something.
  template <class Step>
  void tell(Step step) {
    ClientActions actions;
    step(client_.fsm_, actions);
    client_.perform(std::move(actions));
  }

  Client& client_;
  const std::uint32_t streamId_;
};

class Client::LivePlayer final : public StreamPlayer, public Player {
 public:
  using StreamPlayer::StreamPlayer;

  outbox::Outbox& outbox() override { return link().outbox(); }
  outbox::WireShape shape() const override { return ownShape(); }
  void flush() override { link().flush(); }
  bool takes(const outbox::SharedFrame& frame) override { return filter_.takes(frame); }

  StreamFilter& filter() override { return filter_; }
  void setPaused(bool paused) override { filter_.setPaused(paused); }
  void onDrained() override { tellPublisherLeft(); }

  void publisherCame() override {
    // A player that was not told of the end yet need not hear of the new beginning.
    if (std::exchange(untoldEnd_, false)) return;
    tell([this](ClientFsm& fsm, ClientActions& out) { fsm.publisherCame(streamId_, out); });
  }
  void publisherLeft() override {
    untoldEnd_ = true;
    tellPublisherLeft();
  }

 private:
  /// Players stop reading at this notice, which overtakes media: it waits until all is sent.
  void tellPublisherLeft() {
    if (!untoldEnd_ || !link().outbox().mediaEmpty()) return;
    untoldEnd_ = false;
    tell([this](ClientFsm& fsm, ClientActions& out) { fsm.publisherLeft(streamId_, out); });
  }

  StreamFilter filter_;
  bool untoldEnd_ = false;
};

class Client::RecordedPlayer final : public StreamPlayer, private Playback::Observer {
 public:
  RecordedPlayer(Client& client, std::uint32_t streamId, const std::string& path,
                 const PlayRequest& request)
      : StreamPlayer(client, streamId),
        playback_(std::make_shared<Playback>(client.host_.loop, *client.host_.recordings, link(),
                                             ownShape(), maxQueueBytes(client),
                                             static_cast<Playback::Observer&>(*this))) {
    playback_->open(path, request);
  }
  ~RecordedPlayer() override { playback_->end(); }

  StreamFilter& filter() override { return playback_->filter(); }
  void setPaused(bool paused) override { playback_->setPaused(paused); }
  void setBuffer(std::chrono::milliseconds buffer) override { playback_->setBuffer(buffer); }
  void seek(std::chrono::milliseconds time) override { playback_->seek(time); }
  std::chrono::milliseconds position() const override { return playback_->position(); }
  void onDrained() override { playback_->onDrained(); }

 private:
  /// Well below where the outbox would begin to drop.
  static std::size_t maxQueueBytes(const Client& client) {
    constexpr std::size_t kMost = 512 * 1024;
    return std::min(kMost, client.host_.options.maxQueueBytes / 2);
  }

  void onOpened(const Result<void>& opened) override {
    if (!opened) return client_.onRecordingMissing(streamId_, opened.error());
    client_.confirmPlay(streamId_, true);
    playback_->play();
  }
  void onSought(std::chrono::milliseconds position, bool found) override {
    tell([&](ClientFsm& fsm, ClientActions& out) {
      found ? fsm.seekDone(streamId_, position, out) : fsm.seekFailed(streamId_, position, out);
    });
  }
  void onCompleted() override {
    tell([this](ClientFsm& fsm, ClientActions& out) {
      fsm.playCompleted(streamId_, playback_->duration(), out);
    });
  }
  void onFailed(const Error& why) override { client_.endPlay(streamId_, why); }

  std::shared_ptr<Playback> playback_;
};

}  // namespace multiconnection::node
