#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "multiconnection/media.hpp"
#include "multiconnection/status.hpp"

namespace multiconnection {

/// One server's figures at one moment. Counters start at connect() and go on when it is started
/// anew.
struct ServerStatistics {
  ServerId id = 0;
  std::size_t index = 0;
  std::string url;  ///< Redacted.
  ServerState state = ServerState::Idle;
  std::chrono::milliseconds inState{0};   ///< How long it has been in this state.
  StatusCode code = StatusCode::Unknown;  ///< Last decisive code.
  std::string codeText;
  std::string reason;
  std::string lastError;       ///< Why it failed or was lost last; kept when it is back.
  std::size_t reconnects = 0;  ///< Times it came back after it was lost.
  /// As in ServerReport.
  std::optional<std::chrono::milliseconds> troubledFor;
  std::optional<std::chrono::milliseconds> nextTry;
  std::size_t backup = 0;  ///< As in ServerReport.
  bool standby = false;    ///< Another server of the entry is ready to take over.
  bool yielding = false;   ///< It goes without video: see ServerEntry::priority.
  std::size_t stream = 0;  ///< Whose connection: 0, or a further stream's number.
  /// It is the connection that shared objects have for themselves on that server; `stream` is 0.
  bool sharedObjectConnection = false;
  std::chrono::milliseconds elapsed{0};  ///< Since it was started last.
  bool enhanced = false;                 ///< It said what it takes of Enhanced RTMP.
  bool amf3 = false;                     ///< AMF3 was asked for, and it confirmed that.
  /// Codecs beyond H.264, AAC and MP3 that it said it takes.
  std::vector<Codec> codecs;
  /// Codecs that it does not take by what it said. Of those in neither list it said nothing.
  std::vector<Codec> refusedCodecs;
  std::uint64_t bytesSent = 0;  ///< RTMP bytes taken by the kernel, handshake excluded.
  std::uint64_t bytesReceived = 0;
  std::uint64_t bytesAcknowledged = 0;  ///< By the peer's Acknowledgement messages; 0 = none came.
  std::uint64_t audioMessages = 0;      ///< Sent, sequence headers included.
  std::uint64_t videoMessages = 0;      ///< Sent, sequence headers included.
  std::uint64_t dataMessages = 0;       ///< Sent, metadata included.
  std::uint64_t droppedAudio = 0;
  std::uint64_t droppedVideo = 0;
  std::size_t queueBytes = 0;              ///< Waiting in our queue, the kernel's not counted.
  std::chrono::milliseconds queueTime{0};  ///< Media time waiting in our queue.
  std::chrono::milliseconds lag{0};        ///< Newest media handed in, minus last fully sent.
  std::uint64_t bitrateBps = 0;            ///< Sent, over about the last second.
  std::uint64_t bitrate10sBps = 0;         ///< The same over ten seconds, reconnects included.
  std::uint64_t bitrate60sBps = 0;         ///< The same over a minute.
  /// What TCP measured of late; nothing where the system does not tell.
  std::optional<std::chrono::microseconds> roundTripTime;
};

}  // namespace multiconnection
