#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/error.hpp"
#include "transport/socket_calls.hpp"
#include "transport/stream_cipher.hpp"
#include "util/option_string.hpp"

namespace multiconnection::transport {

/// Answers the server's question for the SWF file (user control event 27).
using SwfVerificationResponse = std::array<std::uint8_t, 42>;

struct LibrtmpSettings {
  bool encrypted = false;  ///< RTMPE.
  bool digest = false;
  std::optional<util::SwfFile> swf;  ///< Brings a digest too.
  /// For RTMP_SetOpt, one by one; checked by util::splitOptions().
  std::vector<std::pair<std::string, std::string>> options;
};

/// What librtmp came to. Written by its thread, read by the reactor's.
class LibrtmpVerdict {
 public:
  struct Accepted {
    std::optional<StreamKeys> keys;  ///< Encrypted only. `out` has passed librtmp's last message.
    /// Empty without LibrtmpSettings::swf, and when the server did not answer with a digest.
    std::optional<SwfVerificationResponse> swfResponse;
  };

  void set(Result<Accepted> result);
  /// Errc::CorruptData as long as librtmp has not accepted the handshake.
  Result<Accepted> get() const;

 private:
  mutable std::mutex mutex_;
  std::optional<Result<Accepted>> result_;
};

/// Call once before the first handshake, from any thread: librtmp initialises itself lazily and
/// unlocked.
void prepareLibrtmp();

/// librtmp's client side of the handshake over a blocking socket, which it closes in the end. When
/// librtmp has accepted the server's answers it writes one more, small message, which means
/// nothing; then comes the verdict, and then the end of the stream. Blocks until then.
void runLibrtmpClient(NativeSocket socket, const LibrtmpSettings& settings,
                      LibrtmpVerdict& verdict);

}  // namespace multiconnection::transport
