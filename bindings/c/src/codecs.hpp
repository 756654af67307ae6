#pragma once

#include <array>
#include <multiconnection/media.hpp>
#include <optional>
#include <utility>

#include "multiconnection_c/source.h"

namespace multiconnection::c {

inline constexpr std::array<std::pair<mc_codec, Codec>, 11> kCodecs{{
    {MC_CODEC_H264, Codec::H264},
    {MC_CODEC_HEVC, Codec::Hevc},
    {MC_CODEC_AV1, Codec::Av1},
    {MC_CODEC_VP8, Codec::Vp8},
    {MC_CODEC_VP9, Codec::Vp9},
    {MC_CODEC_AAC, Codec::Aac},
    {MC_CODEC_MP3, Codec::Mp3},
    {MC_CODEC_OPUS, Codec::Opus},
    {MC_CODEC_FLAC, Codec::Flac},
    {MC_CODEC_AC3, Codec::Ac3},
    {MC_CODEC_EAC3, Codec::Eac3},
}};

/// Nothing for a number that stands for no codec.
constexpr std::optional<Codec> codecOf(mc_codec number) noexcept {
  for (const auto& [known, codec] : kCodecs) {
    if (known == number) return codec;
  }
  return std::nullopt;
}

/// 0 for a codec that C does not know yet.
constexpr mc_codec numberOf(Codec codec) noexcept {
  for (const auto& [number, known] : kCodecs) {
    if (known == codec) return number;
  }
  return 0;
}

}  // namespace multiconnection::c
