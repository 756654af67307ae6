#include "multiconnection/packet_packager.hpp"

#include <optional>
#include <string>
#include <utility>

#include "flv/format.hpp"
#include "flv/metadata.hpp"
#include "flv/packaged_track.hpp"

namespace multiconnection {
namespace {

using flv::PackagedTrack;
using std::chrono::milliseconds;

MediaMessage messageOf(MediaKind kind, milliseconds timestamp, Bytes body) {
  return {kind, timestamp, std::make_shared<const Bytes>(std::move(body))};
}

Error invalid(std::string message) { return {Errc::InvalidArgument, std::move(message)}; }

Result<void> checkTimes(const EncodedPacket& packet) {
  constexpr milliseconds kMaxComposition(0x7FFFFF);  // SI24
  const auto composition = packet.presentationTime - packet.decodeTime;
  if (packet.decodeTime < milliseconds(0)) {
    return invalid("decoding time of " + std::to_string(packet.decodeTime.count()) + " ms");
  }
  if (composition > kMaxComposition || composition < -kMaxComposition) {
    return invalid("presentation " + std::to_string(composition.count()) +
                   " ms from the decoding time");
  }
  // More is not even copied; the header before it is counted with the message.
  if (packet.data.size() > flv::kMaxBodyBytes) {
    return Error{Errc::LimitExceeded, "frame of " + std::to_string(packet.data.size()) +
                                          " bytes (" + std::to_string(flv::kMaxBodyBytes) +
                                          " at most)"};
  }
  return {};
}

}  // namespace

class PacketPackager::Impl {
 public:
  std::optional<VideoFormat> videoFormat;
  std::optional<AudioFormat> audioFormat;
  std::unique_ptr<PackagedTrack> video;
  std::unique_ptr<PackagedTrack> audio;
  bool metadataDue = false;

  Result<MediaMessage> frame(const EncodedPacket& packet) {
    if (auto checked = checkTimes(packet); !checked) return checked.error();
    PackagedTrack* track = (isVideo(packet.codec) ? video : audio).get();
    if (track == nullptr || track->codec() != packet.codec) {
      return Error{Errc::InvalidState, std::string(codecName(packet.codec)) +
                                           " frame before the format of its track is set"};
    }
    auto body = track->frame(packet, packet.presentationTime - packet.decodeTime);
    if (!body) return body.error();
    if (body->size() > flv::kMaxBodyBytes) {
      return Error{Errc::LimitExceeded, "message of " + std::to_string(body->size()) + " bytes"};
    }
    return messageOf(track->kind(), packet.decodeTime, std::move(*body));
  }
};

PacketPackager::PacketPackager() : impl_(std::make_unique<Impl>()) {}
PacketPackager::~PacketPackager() = default;

Result<void> PacketPackager::setVideoFormat(VideoFormat format) {
  if (format.width < 0 || format.height < 0 || !(format.frameRate >= 0) || format.bitrateBps < 0) {
    return invalid("video format with a negative number");
  }
  auto track = flv::makeVideoTrack(format);
  if (!track) return track.error();
  impl_->video = std::move(*track);
  impl_->videoFormat = std::move(format);
  impl_->metadataDue = true;
  return {};
}

Result<void> PacketPackager::setAudioFormat(AudioFormat format) {
  if (format.sampleRate < 0 || format.channels < 0 || format.bitrateBps < 0) {
    return invalid("audio format with a negative number");
  }
  auto track = flv::makeAudioTrack(format);
  if (!track) return track.error();
  impl_->audio = std::move(*track);
  impl_->audioFormat = std::move(format);
  impl_->metadataDue = true;
  return {};
}

void PacketPackager::announceAgain() noexcept {
  impl_->metadataDue = impl_->video || impl_->audio;
  if (impl_->video) impl_->video->headerDue = true;
  if (impl_->audio) impl_->audio->headerDue = true;
}

std::vector<MediaMessage> PacketPackager::announce(milliseconds timestamp) {
  std::vector<MediaMessage> messages;
  if (std::exchange(impl_->metadataDue, false)) {
    messages.push_back(messageOf(MediaKind::Data, timestamp,
                                 flv::metadataOf(impl_->videoFormat, impl_->audioFormat)));
  }
  for (PackagedTrack* track : {impl_->video.get(), impl_->audio.get()}) {
    if (track == nullptr || !track->headerDue) continue;
    Bytes header = track->header();
    if (header.empty()) continue;
    track->headerDue = false;
    messages.push_back(messageOf(track->kind(), timestamp, std::move(header)));
  }
  return messages;
}

Result<std::vector<MediaMessage>> PacketPackager::package(const EncodedPacket& packet) {
  auto frame = impl_->frame(packet);
  if (!frame) return frame.error();
  auto messages = announce(packet.decodeTime);
  messages.push_back(std::move(*frame));
  return messages;
}

std::vector<MediaMessage> PacketPackager::finish(milliseconds timestamp) {
  std::vector<MediaMessage> messages;
  for (PackagedTrack* track : {impl_->video.get(), impl_->audio.get()}) {
    if (track == nullptr || std::exchange(track->headerDue, true)) continue;
    Bytes end = track->end();
    if (!end.empty()) messages.push_back(messageOf(track->kind(), timestamp, std::move(end)));
  }
  return messages;
}

}  // namespace multiconnection
