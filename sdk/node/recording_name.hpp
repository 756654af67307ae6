#pragma once

#include <string>

#include "multiconnection/error.hpp"

namespace multiconnection::node {

/// Where the recording of a stream stands below the root: "live/talk.flv". Names that end in .flv
/// already keep that once. The path can be used with any file system: no part of it is empty,
/// starts with a dot, ends with a dot or space, has a character that Windows forbids, or is the
/// name of a device there.
/// @return Errc::InvalidArgument saying what is wrong with the name.
Result<std::string> recordingPath(const std::string& app, const std::string& streamName);

}  // namespace multiconnection::node
