#pragma once

namespace multiconnection {

/// Version of these headers, "major.minor.patch". A changed major number may break sources.
inline constexpr char kVersionString[] = "0.1.0";

}  // namespace multiconnection
