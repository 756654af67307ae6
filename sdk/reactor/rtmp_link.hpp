#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "multiconnection/error.hpp"
#include "outbox/outbox.hpp"
#include "reactor/loop.hpp"
#include "rtmp/chunk/chunk_reader.hpp"
#include "rtmp/message/message.hpp"
#include "transport/connection.hpp"

namespace multiconnection::reactor {

/// One open RTMP connection, client's or node's: bytes in become messages, the outbox becomes bytes
/// out. Writes eagerly; waits for the socket only after it was full. Loop's thread only.
class RtmpLink : public std::enable_shared_from_this<RtmpLink> {
 public:
  /// Called on the loop's thread. Each may end() or release the link.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void onMessage(rtmp::Message&& message) = 0;
    /// After each portion that was read; `total` counts from the end of the handshake.
    virtual void onReceived(std::uint64_t total) = 0;
    /// The outbox ran empty.
    virtual void onDrained() = 0;
    /// The connection is over; the last call. Never from inside a call into the link.
    virtual void onEnded(const Error& why) = 0;
  };

  RtmpLink(Loop& loop, std::unique_ptr<transport::Connection> connection, Observer& observer,
           const rtmp::ChunkLimits& limits);

  /// Starts to read.
  void start();
  /// Queues a command or protocol message ahead of waiting media. A SetChunkSize takes effect for
  /// what is queued after it. Call flush() then. Dropped after finishWriting().
  void send(const rtmp::Message& message, std::uint32_t chunkStream);
  /// The same for a message that was chunked for many, in the chunk size announced here.
  void send(SharedBytes chunked);
  /// Bytes of such messages that may wait while the peer reads nothing; 1 MiB by default.
  void setMaxUnread(std::size_t bytes) { maxUnread_ = bytes; }
  outbox::Outbox& outbox() { return outbox_; }
  const outbox::Outbox& outbox() const { return outbox_; }
  /// Writes as much as the socket takes.
  void flush();
  /// Whether the socket was full at the last write: flush() does nothing until it has room.
  bool blocked() const { return blocked_; }
  /// Stops or resumes reading, for a consumer that does not keep up.
  void setReading(bool wanted);
  /// Once the outbox is empty, tells the peer that nothing more will come.
  void finishWriting();
  /// Takes the observer off and closes the socket.
  void end();

  std::uint64_t bytesSent() const { return bytesSent_; }
  std::uint64_t bytesReceived() const { return bytesReceived_; }
  /// When bytes last left, or began to wait; later when the owner noted other progress.
  std::chrono::steady_clock::time_point lastProgress() const { return lastProgress_; }
  void noteProgress();
  /// Whether bytes wait, and none has moved for so long.
  bool isStalled(std::chrono::steady_clock::time_point now,
                 std::chrono::steady_clock::duration limit) const {
    return blocked_ && now - lastProgress_ >= limit;
  }
  std::string peerName() const;
  /// What the system measured of late; nothing where it does not tell.
  std::optional<std::chrono::microseconds> roundTripTime();

 private:
  void awaitReadable();
  void onReadable();
  bool writeOnce();
  void fail(Error why);

  Loop& loop_;
  std::unique_ptr<transport::Connection> connection_;
  Observer* observer_;
  rtmp::ChunkReader reader_;
  outbox::Outbox outbox_;
  std::uint32_t chunkSize_ = 128;
  std::size_t maxUnread_ = std::size_t{1} << 20;
  bool reading_ = true;
  bool waitingToRead_ = false;
  bool blocked_ = false;
  bool finishing_ = false;
  std::uint64_t bytesSent_ = 0;
  std::uint64_t bytesReceived_ = 0;
  std::chrono::steady_clock::time_point lastProgress_;
};

}  // namespace multiconnection::reactor
