#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>

#include "multiconnection/error.hpp"

namespace multiconnection::tools {

/// Standard output or error, line by line. Remembers that it can no longer be written: the reader
/// has gone, or the disk is full.
class Output {
 public:
  explicit Output(std::FILE* stream) : stream_(stream) {}

  /// Writes the text and a line break, and flushes.
  void line(std::string_view text);
  /// Writes the text as it is, and flushes.
  void raw(std::string_view text);
  /// The first failure; none: everything was written.
  const std::error_code& failure() const { return failure_; }

 private:
  std::FILE* stream_;
  std::error_code failure_;
};

/// The error in words; with those of the system if it came from there.
std::string textOf(const Error& error);

/// "multiconn: text" on standard error: why the program ends, or does not do something.
void complain(std::string_view text);

}  // namespace multiconnection::tools
