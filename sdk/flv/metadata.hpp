#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "multiconnection/media.hpp"

/// The onMetaData data message, which tells a player what to expect.
namespace multiconnection::flv {

/// Body for a stream with these tracks; what is unknown (0) is left away.
Bytes metadataOf(const std::optional<VideoFormat>& video, const std::optional<AudioFormat>& audio);

/// Whether a data body is onMetaData, with or without a leading @setDataFrame.
bool isMetadata(std::span<const std::uint8_t> body);
/// Whether it is "@clearDataFrame" for onMetaData: what players were told holds no longer.
bool clearsMetadata(std::span<const std::uint8_t> body);

/// Body with "@setDataFrame" before it, as a publisher sends it (RTMP servers strip that and keep
/// the rest for players who join); unchanged when it is there already.
Bytes withSetDataFrame(std::span<const std::uint8_t> body);
/// The part after a leading "@setDataFrame"; all of it when there is none. A view into `body`.
std::span<const std::uint8_t> withoutSetDataFrame(std::span<const std::uint8_t> body);

}  // namespace multiconnection::flv
