#pragma once

#include <memory>
#include <string>

#include "multiconnection/error.hpp"
#include "multiconnection/source.hpp"

namespace multiconnection::tools {

/// Opens INPUT: "-" for FLV on standard input, "testsrc", or a file.
/// @return the error, naming the input.
Result<std::shared_ptr<PullSource>> openInput(const std::string& input);

}  // namespace multiconnection::tools
