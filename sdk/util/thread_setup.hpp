#pragma once

namespace multiconnection::util {

/// To be called first in every thread of the SDK: names it for debuggers (at most 15 characters)
/// and blocks its signals, so that the application's handlers run on the application's threads.
void setUpThread(const char* name) noexcept;

}  // namespace multiconnection::util
