#pragma once

#include <memory>
#include <string>

#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/media.hpp"

namespace multiconnection {

/// Writes media messages to an FLV file. One thread at a time.
class MC_API FlvWriter {
 public:
  /// Creates or overwrites the file and writes the FLV header.
  /// @param path  "-" writes to standard output.
  /// @return the system's error.
  static Result<std::unique_ptr<FlvWriter>> create(const std::string& path);
  ~FlvWriter();  ///< close(), its error lost.

  /// Appends one tag. A leading "@setDataFrame" of a data message is left away, as recorders do.
  /// @return the system's error, e.g. a full disk; the file then ends at a whole tag.
  Result<void> write(const MediaMessage& message);
  /// Flushes, and mends the header's audio and video flags where the file can seek.
  Result<void> close();

 private:
  class Impl;
  explicit FlvWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection
