#include "tools/output.hpp"

#include <cerrno>

#include "tools/printable.hpp"

namespace multiconnection::tools {

void Output::line(std::string_view text) { raw(std::string(text) + '\n'); }

void Output::raw(std::string_view text) {
  if (failure_) return;
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stream_) == text.size();
  if (!written || std::fflush(stream_) != 0) {
    failure_ = std::error_code(errno != 0 ? errno : EIO, std::generic_category());
  }
}

std::string textOf(const Error& error) {
  const std::string reason = error.code.message();
  const bool told =
      error.code.category() == errorCategory() || error.message.find(reason) != std::string::npos;
  return told ? error.message : error.message + ": " + reason;
}

void complain(std::string_view text) { Output(stderr).line("multiconn: " + printable(text)); }

}  // namespace multiconnection::tools
