#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "flv/format.hpp"
#include "flv/metadata.hpp"
#include "flv/tag_traits.hpp"
#include "multiconnection/packet_packager.hpp"
#include "multiconnection/source.hpp"

namespace multiconnection {

class PacketSource::Impl {
 public:
  std::mutex mutex;
  PacketPackager packager;
  Sink sink;
  std::shared_ptr<const std::function<void()>> onKeyFrameRequest;

  /// Hands the messages of one packet over: those before the last are announcements.
  Result<void> deliver(std::vector<MediaMessage> messages) {
    if (!sink) {
      packager.announceAgain();
      return {};
    }
    auto result = deliverHeaders(messages.back().timestamp);
    const std::size_t announcements = messages.size() - 1;
    for (std::size_t i = 0; i < announcements && result; ++i) {
      if (messages[i].kind == MediaKind::Data && metadata().body) {
        messages[i].body = metadata().body;
      }
      result = sink(std::move(messages[i]));
    }
    if (!result) {
      if (announcements != 0) packager.announceAgain();
      return result;
    }
    return sink(std::move(messages.back()));
  }

  Result<void> deliver(MediaMessage message) {
    const flv::TagTraits traits = flv::classify(message.kind, *message.body);
    if (traits.metadata) {
      const auto plain = flv::withoutSetDataFrame(*message.body);
      message.body = std::make_shared<const Bytes>(plain.begin(), plain.end());
    }
    if (traits.metadata || traits.sequenceHeader) {
      Header& header = headerOf(message.kind);
      header = {message.body, true};
      if (!sink) return {};
      auto result = sink(std::move(message));
      header.due = !result;
      return result;
    }
    if (!sink) return {};
    if (auto result = deliverHeaders(message.timestamp); !result) return result;
    return sink(std::move(message));
  }

  void announceAgain() {
    packager.announceAgain();
    for (Header& header : headers_) header.due = header.body != nullptr;
  }

 private:
  /// Metadata or sequence header that the application pushed ready-made.
  struct Header {
    SharedBytes body;
    bool due = false;
  };
  static constexpr std::array kKinds{MediaKind::Data, MediaKind::Video, MediaKind::Audio};

  Header& headerOf(MediaKind kind) {
    return headers_[kind == kKinds[0] ? 0 : kind == kKinds[1] ? 1 : 2];
  }
  Header& metadata() { return headers_[0]; }

  Result<void> deliverHeaders(std::chrono::milliseconds timestamp) {
    for (std::size_t i = 0; i < headers_.size(); ++i) {
      if (!headers_[i].due) continue;
      if (auto result = sink({kKinds[i], timestamp, headers_[i].body}); !result) return result;
      headers_[i].due = false;
    }
    return {};
  }

  std::array<Header, kKinds.size()> headers_;  ///< In the order of kKinds.
};

PacketSource::PacketSource() : impl_(std::make_unique<Impl>()) {}
PacketSource::~PacketSource() = default;

std::shared_ptr<PacketSource> PacketSource::create() {
  return std::shared_ptr<PacketSource>(new PacketSource());
}

Result<void> PacketSource::setVideoFormat(VideoFormat format) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->packager.setVideoFormat(std::move(format));
}

Result<void> PacketSource::setAudioFormat(AudioFormat format) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->packager.setAudioFormat(std::move(format));
}

Result<void> PacketSource::push(const EncodedPacket& packet) {
  const std::lock_guard lock(impl_->mutex);
  auto messages = impl_->packager.package(packet);
  if (!messages) return messages.error();
  return impl_->deliver(std::move(*messages));
}

Result<void> PacketSource::push(MediaMessage message) {
  if (!message.body || message.body->size() > flv::kMaxBodyBytes) {
    return Error{Errc::InvalidArgument, message.body ? "media message of " +
                                                           std::to_string(message.body->size()) +
                                                           " bytes (16777215 at most)"
                                                     : std::string("media message without a body")};
  }
  if (message.timestamp < std::chrono::milliseconds(0)) {
    return Error{Errc::InvalidArgument, "media message with a timestamp of " +
                                            std::to_string(message.timestamp.count()) + " ms"};
  }
  const std::lock_guard lock(impl_->mutex);
  return impl_->deliver(std::move(message));
}

void PacketSource::onKeyFrameRequest(std::function<void()> handler) {
  auto taken =
      handler ? std::make_shared<const std::function<void()>>(std::move(handler)) : nullptr;
  const std::lock_guard lock(impl_->mutex);
  impl_->onKeyFrameRequest.swap(taken);  // the old one ends behind the lock
}

void PacketSource::requestKeyFrame() const {
  std::shared_ptr<const std::function<void()>> handler;
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->sink) handler = impl_->onKeyFrameRequest;
  }
  if (handler) (*handler)();
}

Result<void> PacketSource::connectSink(Sink sink) {
  if (!sink) return Error{Errc::InvalidArgument, "packet source with an empty sink"};
  const std::lock_guard lock(impl_->mutex);
  if (impl_->sink) {
    return Error{Errc::InvalidState, "the packet source is attached to a stream already"};
  }
  impl_->sink = std::move(sink);
  impl_->announceAgain();
  return {};
}

void PacketSource::disconnectSink() noexcept {
  const std::lock_guard lock(impl_->mutex);
  impl_->sink = nullptr;
}

}  // namespace multiconnection
