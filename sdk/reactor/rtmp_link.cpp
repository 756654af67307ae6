#include "reactor/rtmp_link.hpp"

#include <array>
#include <memory>
#include <utility>

#include "rtmp/chunk/chunk_writer.hpp"
#include "rtmp/message/control.hpp"

namespace multiconnection::reactor {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
/// Reads in a row for one connection before the others get their turn.
constexpr int kReadsInARow = 8;
constexpr std::size_t kGatheredBuffers = 64;

std::span<std::uint8_t> readBuffer() {
  // One per loop thread, so that a thousand idle connections need none. On the heap: the size of a
  // thread-local variable is taken from every thread's stack, the small ones of handshakes too.
  thread_local const auto buffer = std::make_unique<std::array<std::uint8_t, kReadBytes>>();
  return *buffer;
}

}  // namespace

RtmpLink::RtmpLink(Loop& loop, std::unique_ptr<transport::Connection> connection,
                   Observer& observer, const rtmp::ChunkLimits& limits)
    : loop_(loop),
      connection_(std::move(connection)),
      observer_(&observer),
      reader_(limits),
      lastProgress_(std::chrono::steady_clock::now()) {}

void RtmpLink::start() { awaitReadable(); }

void RtmpLink::awaitReadable() {
  if (!connection_ || !reading_ || waitingToRead_) return;
  waitingToRead_ = true;
  connection_->waitReadable([weak = weak_from_this()] {
    if (const auto link = weak.lock()) link->onReadable();
  });
}

void RtmpLink::onReadable() {
  waitingToRead_ = false;
  for (int round = 0; round < kReadsInARow && connection_ && reading_; ++round) {
    std::error_code error;
    const std::size_t count = connection_->read(readBuffer(), error);
    if (error) return fail({error, "closed by " + connection_->peerName()});
    if (count == 0) break;
    bytesReceived_ += count;
    const auto fed = reader_.feed(readBuffer().first(count), [this](rtmp::Message&& message) {
      // What came before may have ended it.
      if (observer_ != nullptr && connection_) observer_->onMessage(std::move(message));
    });
    if (!fed) return fail(fed.error());
    if (observer_ != nullptr) observer_->onReceived(bytesReceived_);
    if (count < kReadBytes) break;
  }
  awaitReadable();
}

void RtmpLink::send(const rtmp::Message& message, std::uint32_t chunkStream) {
  if (finishing_) return;  // an answer written now would reset the connection
  Bytes bytes;
  rtmp::appendChunks(bytes, {message.type, message.timestamp, message.streamId}, message.body,
                     chunkStream, chunkSize_);
  if (message.type == rtmp::MessageType::SetChunkSize) {
    if (const auto size = rtmp::parseU32(message)) chunkSize_ = *size;
  }
  outbox_.pushControl(std::move(bytes));
}

void RtmpLink::send(SharedBytes chunked) {
  if (finishing_ || !connection_) return;
  outbox_.pushControl(std::move(chunked));
  // One read may bring thousands of requests that are answered at length.
  if (outbox_.controlBytes() > maxUnread_) flush();
}

void RtmpLink::flush() {
  if (!connection_ || outbox_.empty()) return;
  if (blocked_) {
    if (outbox_.controlBytes() > maxUnread_) {
      fail({Errc::LimitExceeded, "does not read our answers"});
    }
    return;
  }
  while (!outbox_.empty()) {
    if (!writeOnce()) return;
  }
  if (finishing_) connection_->shutdownWrite();
  if (observer_ != nullptr) observer_->onDrained();
}

bool RtmpLink::writeOnce() {
  std::array<transport::ConstBuffer, kGatheredBuffers> buffers;
  const std::size_t filled = outbox_.gather(buffers);
  std::size_t offered = 0;
  for (std::size_t i = 0; i < filled; ++i) offered += buffers[i].size;
  std::error_code error;
  const std::size_t written = connection_->write({buffers.data(), filled}, error);
  if (error) {
    fail({error, "lost " + connection_->peerName()});
    return false;
  }
  outbox_.consume(written);
  bytesSent_ += written;
  noteProgress();
  if (written == offered) return true;
  blocked_ = true;
  connection_->waitWritable([weak = weak_from_this()] {
    const auto link = weak.lock();
    if (!link) return;
    link->blocked_ = false;
    link->flush();
  });
  return false;
}

void RtmpLink::noteProgress() { lastProgress_ = std::chrono::steady_clock::now(); }

void RtmpLink::setReading(bool wanted) {
  reading_ = wanted;
  awaitReadable();
}

void RtmpLink::finishWriting() {
  finishing_ = true;
  if (connection_ && outbox_.empty()) connection_->shutdownWrite();
}

void RtmpLink::end() {
  observer_ = nullptr;
  connection_.reset();
}

std::optional<std::chrono::microseconds> RtmpLink::roundTripTime() {
  return connection_ ? connection_->roundTripTime() : std::nullopt;
}

std::string RtmpLink::peerName() const { return connection_ ? connection_->peerName() : ""; }

void RtmpLink::fail(Error why) {
  connection_.reset();
  loop_.post([weak = weak_from_this(), why = std::move(why)] {
    const auto link = weak.lock();
    if (!link || link->observer_ == nullptr) return;
    std::exchange(link->observer_, nullptr)->onEnded(why);
  });
}

}  // namespace multiconnection::reactor
