#include "multiconnection/packet_reader.hpp"

#include <map>
#include <string>
#include <utility>

#include "amf/amf0.hpp"
#include "flv/enhanced.hpp"
#include "flv/format.hpp"
#include "flv/metadata.hpp"
#include "flv/track_reader.hpp"
#include "util/byte_reader.hpp"

namespace multiconnection {
namespace {

using flv::TrackReader;
using std::chrono::milliseconds;
using Item = PacketReader::Item;
using Items = std::vector<Item>;
using Body = TrackReader::Body;
using Place = TrackReader::Place;

Error corrupt(std::string message) { return {Errc::CorruptData, std::move(message)}; }
Error unsupported(std::string message) { return {Errc::Unsupported, std::move(message)}; }

bool isKey(std::uint8_t frameType) {
  return frameType == flv::kKeyFrame || frameType == flv::kGeneratedKeyFrame;
}

/// SI24
milliseconds readCompositionTime(util::ByteReader& in) {
  const auto value = static_cast<std::int32_t>(in.u24());
  constexpr std::int32_t kSign = 0x800000;
  return milliseconds((value ^ kSign) - kSign);
}

Result<void> readColourInfo(Body body, const Place& place, Items& items) {
  util::ByteReader in(body);
  amf::Amf0Decoder values(in);
  auto name = values.next();
  if (!name) return name.error();
  if (name->as<std::string>() != "colorInfo") return {};
  auto value = values.next();
  if (!value) return value.error();
  Item item;
  item.type = Item::Type::ColourInfo;
  item.kind = place.kind;
  item.track = place.track;
  item.value = std::move(*value);
  items.push_back(std::move(item));
  return {};
}

/// MultichannelConfig (Enhanced RTMP version 2).
Result<void> readChannelLayout(Body body, const Place& place, Items& items) {
  enum : std::uint8_t { kUnspecified = 0, kNative = 1, kCustom = 2 };
  constexpr int kUnknownSpeaker = 0xFF;
  util::ByteReader in(body);
  const unsigned order = in.u8();
  const std::size_t count = in.u8();
  Item item;
  item.type = Item::Type::ChannelLayout;
  item.kind = place.kind;
  item.track = place.track;
  if (order == kNative) {
    const std::uint32_t mask = in.u32();
    for (int speaker = 0; speaker < 32; ++speaker) {
      if ((mask >> speaker & 1U) != 0) item.speakers.push_back(speaker);
    }
  } else if (order == kCustom) {
    for (const std::uint8_t speaker : in.take(count)) item.speakers.push_back(speaker);
  } else if (order == kUnspecified) {
    item.speakers.assign(count, kUnknownSpeaker);
  } else {
    return corrupt("channel layout of order " + std::to_string(order));
  }
  if (!in.ok() || item.speakers.size() != count) {
    return corrupt("channel layout of " + std::to_string(body.size()) + " bytes that names " +
                   std::to_string(item.speakers.size()) + " of " + std::to_string(count) +
                   " channels");
  }
  items.push_back(std::move(item));
  return {};
}

}  // namespace

class PacketReader::Impl {
 public:
  Result<void> read(const MediaMessage& message, Items& items) {
    const Body body(*message.body);
    Place place{message.kind, 0, message.timestamp, {}, metadata_};
    if (message.kind == MediaKind::Data) return readData(body, items);
    if (body.empty()) {
      if (message.kind == MediaKind::Audio) trackAt(place).onEnd(place, items);  // silence
      return {};
    }
    if (flv::isEnhanced(message.kind, body)) return readEnhanced(place, body, items);
    return message.kind == MediaKind::Video ? readClassicVideo(place, body, items)
                                            : readClassicAudio(place, body, items);
  }

 private:
  TrackReader& trackAt(const Place& place) { return tracks_[{place.kind, place.track}]; }

  Result<void> readData(Body body, Items& items) {
    if (!flv::isMetadata(body)) return {};
    util::ByteReader in(flv::withoutSetDataFrame(body));
    amf::Amf0Decoder values(in);
    if (auto name = values.next(); !name) return name.error();
    auto value = values.next();
    if (!value) return value.error();
    metadata_ = *value;
    Item item;
    item.type = Item::Type::Metadata;
    item.value = std::move(*value);
    items.push_back(std::move(item));
    return {};
  }

  Result<void> readClassicVideo(const Place& place, Body body, Items& items) {
    const std::uint8_t frameType = body[0] >> 4;
    const std::uint8_t number = body[0] & 0x0F;
    if (frameType == flv::kCommandFrame) return {};
    if (number != flv::kCodecAvc && number != flv::kCodecHevcUnofficial) {
      return unsupported("video codec " + std::to_string(number) + " of FLV");
    }
    const Codec codec = number == flv::kCodecAvc ? Codec::H264 : Codec::Hevc;
    util::ByteReader in(body.subspan(1));
    const std::uint8_t type = in.u8();
    const milliseconds compositionTime = readCompositionTime(in);
    // Some writers end the sequence without the composition time.
    if (type == static_cast<std::uint8_t>(flv::PacketType::EndOfSequence)) {
      trackAt(place).onEnd(place, items);
      return {};
    }
    if (!in.ok()) return corrupt("video message of " + std::to_string(body.size()) + " bytes");
    if (type == static_cast<std::uint8_t>(flv::PacketType::SequenceHeader)) {
      return trackAt(place).onConfiguration(codec, in.rest(), place, items);
    }
    if (type != static_cast<std::uint8_t>(flv::PacketType::Frame)) {
      return unsupported("AVC packet of type " + std::to_string(type));
    }
    return trackAt(place).onFrame(codec, {isKey(frameType), compositionTime, in.rest()}, place,
                                  items);
  }

  Result<void> readClassicAudio(const Place& place, Body body, Items& items) {
    const std::uint8_t number = body[0] >> 4;
    util::ByteReader in(body.subspan(1));
    if (number == flv::kSoundMp3 || number == flv::kSoundMp3At8Khz) {
      return trackAt(place).onFrame(Codec::Mp3, {true, {}, in.rest()}, place, items);
    }
    if (number != flv::kSoundAac) {
      return unsupported("audio codec " + std::to_string(number) + " of FLV");
    }
    const std::uint8_t type = in.u8();
    if (!in.ok()) return corrupt("AAC message of 1 byte");
    if (type == static_cast<std::uint8_t>(flv::PacketType::SequenceHeader)) {
      return trackAt(place).onConfiguration(Codec::Aac, in.rest(), place, items);
    }
    if (type != static_cast<std::uint8_t>(flv::PacketType::Frame)) {
      return unsupported("AAC packet of type " + std::to_string(type));
    }
    return trackAt(place).onFrame(Codec::Aac, {true, {}, in.rest()}, place, items);
  }

  Result<void> readEnhanced(Place place, Body body, Items& items) {
    flv::EnhancedReader reader(place.kind, body);
    place.offset = reader.presentationOffset();
    std::optional<Error> unknown;
    bool read = false;
    while (const auto track = reader.next()) {
      place.track = track->id;
      place.about = aboutTrack(place);
      auto done = readTrack(reader, *track, place, items);
      if (!done && done.error().code != Errc::Unsupported) return done;
      if (done) {
        read = true;
      } else {
        unknown = done.error();
      }
    }
    if (!reader.ok()) {
      return corrupt(std::string(kindName(place.kind)) + " message of " +
                     std::to_string(body.size()) + " bytes that breaks Enhanced RTMP's format");
    }
    if (unknown && !read) return *unknown;
    return {};
  }

  Result<void> readTrack(const flv::EnhancedReader& reader, const flv::EnhancedTrack& track,
                         const Place& place, Items& items) {
    const auto codec = flv::codecOf(track.fourCc);
    const bool fits = codec && isVideo(*codec) == (place.kind == MediaKind::Video);
    if (!fits) {
      return unsupported(std::string(kindName(place.kind)) + " codec " + flv::textOf(track.fourCc) +
                         " of Enhanced RTMP");
    }
    const bool video = place.kind == MediaKind::Video;
    switch (reader.packetType()) {
      case flv::packet_type::kSequenceStart:
        return trackAt(place).onConfiguration(*codec, track.body, place, items);
      case flv::packet_type::kCodedFrames:
        return readFrame(reader, *codec, track, place, items);
      case flv::packet_type::kSequenceEnd:
        trackAt(place).onEnd(place, items);
        return {};
      case flv::packet_type::kCodedFramesX:
        if (!video) break;
        return trackAt(place).onFrame(*codec, {isKey(reader.frameType()), {}, track.body}, place,
                                      items);
      case flv::packet_type::kVideoMetadata:  // 4: kMultichannelConfig of audio
        return video ? readColourInfo(track.body, place, items)
                     : readChannelLayout(track.body, place, items);
      default:
        break;
    }
    return unsupported(std::string(kindName(place.kind)) + " packet of type " +
                       std::to_string(reader.packetType()) + " of Enhanced RTMP");
  }

  Result<void> readFrame(const flv::EnhancedReader& reader, Codec codec,
                         const flv::EnhancedTrack& track, const Place& place, Items& items) {
    util::ByteReader in(track.body);
    TrackReader::Frame frame;
    frame.keyFrame = place.kind == MediaKind::Audio || isKey(reader.frameType());
    if (flv::hasCompositionTime(track.fourCc)) frame.compositionTime = readCompositionTime(in);
    if (!in.ok()) {
      return corrupt("video frame of " + std::to_string(track.body.size()) +
                     " bytes without its composition time");
    }
    frame.data = in.rest();
    return trackAt(place).onFrame(codec, frame, place, items);
  }

  /// What the metadata says of a track: the top level of track 0, else its entry.
  AmfValue aboutTrack(const Place& place) const {
    if (place.track == 0) return metadata_;
    const char* map =
        place.kind == MediaKind::Video ? "videoTrackIdInfoMap" : "audioTrackIdInfoMap";
    return metadata_[map][std::to_string(place.track)];
  }

  std::map<std::pair<MediaKind, int>, TrackReader> tracks_;
  AmfValue metadata_;
};

PacketReader::PacketReader() : impl_(std::make_unique<Impl>()) {}
PacketReader::~PacketReader() = default;

Result<std::vector<PacketReader::Item>> PacketReader::read(const MediaMessage& message) {
  Items items;
  if (auto done = impl_->read(message, items); !done) return done.error();
  return items;
}

}  // namespace multiconnection
