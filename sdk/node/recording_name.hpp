#pragma once

#include <string>

#include "multiconnection/error.hpp"

namespace multiconnection::node {

/// APP/FILE_NAME, if that can be a path with any file system: no part of it is empty, starts with a
/// dot, ends with a dot or space, has a character that Windows forbids, or is the name of a device
/// there. No folder in it ends in .mcso or .mcso.new, as files of shared objects do.
/// @return Errc::InvalidArgument saying what is wrong with it: "has an empty part".
Result<std::string> pathBelow(const std::string& app, const std::string& fileName);

/// Where the recording of a stream stands below the root: "live/talk.flv". Names that end in .flv
/// already keep that once.
/// @return see pathBelow().
Result<std::string> recordingPath(const std::string& app, const std::string& streamName);

}  // namespace multiconnection::node
