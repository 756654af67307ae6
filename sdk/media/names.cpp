#include <algorithm>
#include <array>

#include "multiconnection/media.hpp"

namespace multiconnection {
namespace {

struct CodecNames {
  Codec codec;
  std::string_view name;
  std::string_view fourCc;
  bool video;
};

constexpr std::array<CodecNames, 11> kCodecs{{{Codec::H264, "H.264", "avc1", true},
                                              {Codec::Hevc, "HEVC", "hvc1", true},
                                              {Codec::Av1, "AV1", "av01", true},
                                              {Codec::Vp8, "VP8", "vp08", true},
                                              {Codec::Vp9, "VP9", "vp09", true},
                                              {Codec::Aac, "AAC", "mp4a", false},
                                              {Codec::Mp3, "MP3", ".mp3", false},
                                              {Codec::Opus, "Opus", "Opus", false},
                                              {Codec::Flac, "FLAC", "fLaC", false},
                                              {Codec::Ac3, "AC-3", "ac-3", false},
                                              {Codec::Eac3, "E-AC-3", "ec-3", false}}};
constexpr CodecNames kUnknown{Codec::H264, "unknown", {}, false};

const CodecNames& namesOf(Codec codec) noexcept {
  const auto found = std::find_if(kCodecs.begin(), kCodecs.end(),
                                  [&](const CodecNames& names) { return names.codec == codec; });
  return found == kCodecs.end() ? kUnknown : *found;
}

}  // namespace

std::string_view kindName(MediaKind kind) noexcept {
  switch (kind) {
    case MediaKind::Audio:
      return "audio";
    case MediaKind::Video:
      return "video";
    case MediaKind::Data:
      return "data";
  }
  return "unknown";
}

std::string_view codecName(Codec codec) noexcept { return namesOf(codec).name; }

std::string_view fourCc(Codec codec) noexcept { return namesOf(codec).fourCc; }

std::optional<Codec> codecOfFourCc(std::string_view fourCc) noexcept {
  const auto found = std::find_if(kCodecs.begin(), kCodecs.end(),
                                  [&](const CodecNames& names) { return names.fourCc == fourCc; });
  return found == kCodecs.end() ? std::nullopt : std::optional(found->codec);
}

bool isVideo(Codec codec) noexcept { return namesOf(codec).video; }

}  // namespace multiconnection
