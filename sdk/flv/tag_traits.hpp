#pragma once

#include <cstdint>
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
};

/// Reads the first bytes of a body, of classic tags and of Enhanced RTMP's (version 2). Never
/// fails: a body that cannot be read is an ordinary frame. H.264 frames in which every slice has
/// nal_ref_idc 0 are disposable where NAL units carry 4-byte lengths.
TagTraits classify(MediaKind kind, std::span<const std::uint8_t> body);

}  // namespace multiconnection::flv
