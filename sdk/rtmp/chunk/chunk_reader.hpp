#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "multiconnection/error.hpp"
#include "rtmp/message/message.hpp"

namespace multiconnection::rtmp {

/// What a peer's unfinished messages may cost at most.
struct ChunkLimits {
  std::size_t maxMessageBytes = 16777215;
  std::size_t maxPartialBytes = 32U << 20;  ///< Received bytes of all unfinished messages together.
  std::size_t maxChunkStreams = 64;
};

/// Turns one direction's bytes into messages (Adobe RTMP 1.0, section 5.3).
///
/// Strict where a peer's mistake would shift everything after it: inside a message only type 3 may
/// follow on its chunk stream, and types 2 and 3 need a header to lean on. Lenient where peers need
/// it: type 1 may open a chunk stream (librtmp does so on chunk stream 2), and a type-3 chunk may
/// leave out the extended timestamp (old peers do).
class ChunkReader {
 public:
  using Sink = std::function<void(Message&&)>;

  explicit ChunkReader(ChunkLimits limits = {});

  /// Takes bytes as they arrive, in any portions, and gives every message that became complete to
  /// `sink`, in order. SetChunkSize and Abort are obeyed, then given to `sink` as well.
  /// @return Errc::CorruptData or Errc::LimitExceeded naming the rule; the connection is beyond
  ///         repair then and every later call returns the same error.
  Result<void> feed(std::span<const std::uint8_t> bytes, const Sink& sink);

  /// Everything fed so far; acknowledgements carry its low 32 bits.
  std::uint64_t bytesRead() const { return bytesRead_; }

 private:
  enum class Format : std::uint8_t { Full = 0, SameStream = 1, DeltaOnly = 2, Nothing = 3 };
  enum class State { BasicHeader, MessageHeader, ExtendedTimestamp, RepeatedTimestamp, Payload };

  struct ChunkStream {
    Message message;           ///< Header of the last message; body of the unfinished one.
    std::uint32_t length = 0;  ///< Of the last message's body.
    /// The last timestamp or delta as written: what a type-3 chunk repeats.
    std::uint32_t timestampField = 0;
    bool extended = false;
    bool unfinished = false;
  };

  Result<void> consume(std::span<const std::uint8_t> bytes, const Sink& sink);
  Result<void> step(std::span<const std::uint8_t>& bytes, const Sink& sink);
  bool gather(std::span<const std::uint8_t>& bytes, std::size_t wanted);
  Result<void> onBasicHeader(const Sink& sink);
  Result<void> selectChunkStream(std::uint32_t id);
  Result<void> onMessageHeader();
  Result<void> onRepeatedTimestamp(std::span<const std::uint8_t>& bytes, const Sink& sink);
  Result<void> beginPayload(const Sink& sink);
  Result<void> beginMessage(const Sink& sink);
  Result<void> onPayload(std::span<const std::uint8_t>& bytes, const Sink& sink);
  Result<void> finishMessage(const Sink& sink);
  Result<void> obey(const Message& message);
  std::size_t messageHeaderBytes() const;
  Error failure(Errc code, const std::string& rule) const;

  ChunkLimits limits_;
  std::uint32_t chunkSize_;
  std::uint64_t bytesRead_ = 0;
  std::size_t partialBytes_ = 0;
  std::unordered_map<std::uint32_t, ChunkStream> streams_;
  std::optional<Error> error_;

  // The chunk being read.
  State state_ = State::BasicHeader;
  Format format_ = Format::Full;
  std::uint32_t streamId_ = 0;  ///< Chunk stream id.
  ChunkStream* stream_ = nullptr;
  std::size_t payloadLeft_ = 0;            ///< In this chunk.
  std::array<std::uint8_t, 11> header_{};  ///< A part of a header that has not arrived whole.
  std::size_t headerBytes_ = 0;
};

}  // namespace multiconnection::rtmp
