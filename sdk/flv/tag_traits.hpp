#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "multiconnection/media.hpp"

namespace multiconnection::flv {

/// What the fan-out must know of a tag body. Headers and metadata are neither key frames nor
/// disposable.
struct TagTraits {
  bool sequenceHeader = false;  ///< Decoder configuration: kept for those who join later.
  bool keyFrame = false;        ///< Video that decodes on its own.
  bool disposable = false;      ///< Video that no other frame refers to.
  bool metadata = false;        ///< onMetaData, with or without a leading @setDataFrame.
  bool endOfSequence = false;
  bool clearsMetadata = false;  ///< @clearDataFrame of onMetaData.
  /// HDR colour information or a channel layout: kept for those who join later, beside the sequence
  /// header.
  bool supplement = false;
  bool enhanced = false;       ///< A FourCC says the codec: servers without Enhanced RTMP drop it.
  std::optional<Codec> codec;  ///< Nothing for data, and for one that this SDK has no name for.
  /// Of Enhanced RTMP's multitrack; where a message holds several tracks, the first one's.
  std::uint8_t track = 0;
  bool manyTracks = false;  ///< The message holds several.

  /// What a decoder needs before, and apart from, the frames.
  bool header() const { return sequenceHeader || supplement || metadata; }
};

/// Reads the first bytes of a body, of classic tags and of Enhanced RTMP's (version 2). Never
/// fails: a body that cannot be read is an ordinary frame. H.264 frames in which every slice has
/// nal_ref_idc 0 are disposable where NAL units carry 4-byte lengths.
TagTraits classify(MediaKind kind, std::span<const std::uint8_t> body);

}  // namespace multiconnection::flv
