#include "flv/track_reader.hpp"

#include <string>
#include <utility>

#include "flv/audio.hpp"
#include "flv/av1.hpp"
#include "flv/avc.hpp"
#include "flv/hevc.hpp"
#include "flv/opus_flac.hpp"
#include "flv/vpx.hpp"

namespace multiconnection::flv {
namespace {

using Item = PacketReader::Item;
using Body = TrackReader::Body;

Error corrupt(std::string message) { return {Errc::CorruptData, std::move(message)}; }

/// What can be done with a configuration before the codec's decoder sees it.
struct Configuration {
  Bytes bytes;
  std::size_t lengthBytes = 4;
  int sampleRate = 0;
  int channels = 0;
};

Result<Configuration> opusConfiguration(Body body) {
  Configuration configuration{{body.begin(), body.end()}};
  if (body.empty()) return configuration;  // Allowed; mono or stereo then.
  if (auto checked = checkOpusHead(body); !checked) return checked.error();
  constexpr int kOpusRate = 48000;  // The header's is that of the input, for information.
  configuration.sampleRate = kOpusRate;
  configuration.channels = body[9];
  return configuration;
}

Result<Configuration> read(Codec codec, Body body) {
  Configuration configuration{{body.begin(), body.end()}};
  switch (codec) {
    case Codec::H264: {
      auto parsed = parseAvcConfiguration(body);
      if (!parsed) return parsed.error();
      configuration.lengthBytes = parsed->lengthBytes;
      return configuration;
    }
    case Codec::Hevc: {
      auto parsed = parseHevcConfiguration(body);
      if (!parsed) return parsed.error();
      configuration.lengthBytes = parsed->lengthBytes;
      return configuration;
    }
    case Codec::Aac: {
      auto parsed = parseAacConfiguration(body);
      if (!parsed) return parsed.error();
      configuration.sampleRate = parsed->sampleRate;
      configuration.channels = parsed->channels;
      return configuration;
    }
    case Codec::Flac: {
      auto header = flacHeader(body);
      if (!header) return header.error();
      configuration.bytes = std::move(*header);
      return configuration;
    }
    case Codec::Opus:
      return opusConfiguration(body);
    case Codec::Av1:
      if (auto checked = checkAv1Configuration(body); !checked) return checked.error();
      return configuration;
    case Codec::Vp8:
    case Codec::Vp9:
      if (auto checked = checkVpConfiguration(body); !checked) return checked.error();
      return configuration;
    case Codec::Mp3:
    case Codec::Ac3:
    case Codec::Eac3:
      break;
  }
  return Configuration();
}

/// Frames mean nothing to a decoder that was not told of these before.
bool needsConfiguration(Codec codec) {
  return codec == Codec::H264 || codec == Codec::Hevc || codec == Codec::Aac;
}

Item itemAt(const TrackReader::Place& place, Item::Type type) {
  Item item;
  item.type = type;
  item.kind = place.kind;
  item.track = place.track;
  return item;
}

int bitrateOf(const AmfValue& kilobits) {
  constexpr int kMaxKilobits = 1'000'000;
  const int value = kilobits.as<int>();
  return value > 0 && value <= kMaxKilobits ? value * 1000 : 0;
}

int positive(int value) { return value > 0 ? value : 0; }

Item formatItem(Codec codec, Configuration configuration, const TrackReader::Place& place) {
  Item item = itemAt(place, Item::Type::Format);
  const AmfValue& about = place.about;
  if (isVideo(codec)) {
    VideoFormat& format = item.video.emplace();
    format.codec = codec;
    format.configuration = std::move(configuration.bytes);
    format.width = positive(about["width"].as<int>());
    format.height = positive(about["height"].as<int>());
    const auto frameRate = about["framerate"].as<double>();
    format.frameRate = frameRate > 0 ? frameRate : 0;
    format.bitrateBps = bitrateOf(about["videodatarate"]);
  } else {
    AudioFormat& format = item.audio.emplace();
    format.codec = codec;
    format.configuration = std::move(configuration.bytes);
    format.sampleRate = configuration.sampleRate > 0 ? configuration.sampleRate
                                                     : positive(about["audiosamplerate"].as<int>());
    format.channels = configuration.channels > 0    ? configuration.channels
                      : about["stereo"].isBoolean() ? (about["stereo"].as<bool>() ? 2 : 1)
                                                    : 0;
    format.bitrateBps = bitrateOf(about["audiodatarate"]);
  }
  return item;
}

Result<void> checkFrame(Codec codec, Body data, std::size_t lengthBytes) {
  const bool nal = codec == Codec::H264 || codec == Codec::Hevc;
  if (nal && !isLengthPrefixed(data, lengthBytes)) {
    return corrupt(std::string(codecName(codec)) + " frame of " + std::to_string(data.size()) +
                   " bytes whose NAL units do not add up");
  }
  if (data.empty()) return corrupt(std::string(codecName(codec)) + " frame of 0 bytes");
  return {};
}

}  // namespace

Result<void> TrackReader::onConfiguration(Codec codec, Body body, const Place& place,
                                          std::vector<Item>& items) {
  if (codec == Codec::Av1 && body.empty()) return {};
  auto configuration = read(codec, body);
  if (!configuration) return configuration.error();
  codec_ = codec;
  lengthBytes_ = configuration->lengthBytes;
  items.push_back(formatItem(codec, std::move(*configuration), place));
  return {};
}

Result<void> TrackReader::onFrame(Codec codec, const Frame& frame, const Place& place,
                                  std::vector<Item>& items) {
  const bool known = codec_ == codec;
  if (!known && needsConfiguration(codec)) {
    return corrupt(std::string(codecName(codec)) + " frame at " +
                   std::to_string(place.timestamp.count()) + " ms before its sequence header");
  }
  if (auto checked = checkFrame(codec, frame.data, lengthBytes_); !checked) return checked.error();
  if (!known) items.push_back(formatItem(codec, {}, place));
  codec_ = codec;
  Item item = itemAt(place, Item::Type::Packet);
  item.packet.codec = codec;
  item.packet.decodeTime = place.timestamp;
  item.packet.presentationTime = place.timestamp + frame.compositionTime;
  item.packet.presentationOffset = place.offset;
  item.packet.keyFrame = frame.keyFrame;
  item.packet.track = place.track;
  item.packet.data.assign(frame.data.begin(), frame.data.end());
  items.push_back(std::move(item));
  return {};
}

void TrackReader::onEnd(const Place& place, std::vector<Item>& items) {
  items.push_back(itemAt(place, Item::Type::EndOfTrack));
}

}  // namespace multiconnection::flv
