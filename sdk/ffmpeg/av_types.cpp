#include "ffmpeg/av_types.hpp"

extern "C" {
#include <libavutil/log.h>
}

#include <array>

#include "multiconnection/ffmpeg.hpp"

namespace multiconnection::ffmpeg {

Error avError(int number, const std::string& what) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> words{};
  av_strerror(number, words.data(), words.size());
  const std::string message = what + ": " + words.data();
  if (number == AVERROR_EXIT) return {Errc::Closed, what + " was interrupted"};
  // System errors are small numbers, FFmpeg's own are four characters.
  constexpr int kLastSystemError = 4096;
  const int system = AVUNERROR(number);
  if (system > 0 && system < kLastSystemError) {
    return {std::error_code(system, std::system_category()), what};
  }
  return {Errc::CorruptData, message};
}

void silenceLog() noexcept { av_log_set_level(AV_LOG_QUIET); }

}  // namespace multiconnection::ffmpeg
