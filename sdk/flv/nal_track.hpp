#pragma once

#include <memory>

#include "flv/packaged_track.hpp"

namespace multiconnection::flv {

/// A track of H.264 or HEVC.
Result<std::unique_ptr<PackagedTrack>> makeNalTrack(const VideoFormat& format);

}  // namespace multiconnection::flv
