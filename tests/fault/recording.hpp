#pragma once

#include <cstdint>
#include <string>

namespace multiconnection::test {

/// That a node's recording holds the header and the frames of a Pump, all of them.
void expectWhole(const std::string& path, std::uint32_t frames);

/// That it begins with the header and a key frame, that no frame is there without those it refers
/// to, and that it goes on to the last of `frames`.
void expectPlayable(const std::string& path, std::uint32_t frames);

}  // namespace multiconnection::test
