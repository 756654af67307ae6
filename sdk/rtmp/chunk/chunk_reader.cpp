#include "rtmp/chunk/chunk_reader.hpp"

#include <algorithm>
#include <utility>

#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/control.hpp"
#include "util/byte_reader.hpp"

namespace multiconnection::rtmp {
namespace {

/// In the 24-bit field: the value stands in the 32 bits after the header.
constexpr std::uint32_t kExtended = 0xFFFFFF;
/// Announced lengths cost nothing before their bytes arrive; beyond this the body grows with them.
constexpr std::size_t kReservedAtOnce = 64U << 10;

}  // namespace

ChunkReader::ChunkReader(ChunkLimits limits) : limits_(limits), chunkSize_(kInitialChunkSize) {}

Result<void> ChunkReader::feed(std::span<const std::uint8_t> bytes, const Sink& sink) {
  if (error_) return *error_;
  bytesRead_ += bytes.size();
  if (auto result = consume(bytes, sink); !result) {
    error_ = result.error();
    streams_.clear();
    stream_ = nullptr;
    return *error_;
  }
  return {};
}

Result<void> ChunkReader::consume(std::span<const std::uint8_t> bytes, const Sink& sink) {
  while (!bytes.empty()) {
    if (auto result = step(bytes, sink); !result) return result;
  }
  return {};
}

Result<void> ChunkReader::step(std::span<const std::uint8_t>& bytes, const Sink& sink) {
  switch (state_) {
    case State::BasicHeader: {
      const std::uint8_t low = headerBytes_ == 0 ? bytes[0] & 0x3F : header_[0] & 0x3F;
      const std::size_t wanted = low == 0 ? 2 : low == 1 ? 3 : 1;
      if (!gather(bytes, wanted)) return {};
      return onBasicHeader(sink);
    }
    case State::MessageHeader:
      if (!gather(bytes, messageHeaderBytes())) return {};
      if (auto result = onMessageHeader(); !result) return result;
      if (state_ == State::ExtendedTimestamp) return {};
      return beginMessage(sink);
    case State::ExtendedTimestamp:
      if (!gather(bytes, 4)) return {};
      stream_->timestampField = util::ByteReader(header_).u32();
      headerBytes_ = 0;
      return beginMessage(sink);
    case State::RepeatedTimestamp:
      return onRepeatedTimestamp(bytes, sink);
    case State::Payload:
      return onPayload(bytes, sink);
  }
  return {};
}

bool ChunkReader::gather(std::span<const std::uint8_t>& bytes, std::size_t wanted) {
  const std::size_t count = std::min(wanted - headerBytes_, bytes.size());
  std::copy_n(bytes.begin(), count, header_.begin() + static_cast<std::ptrdiff_t>(headerBytes_));
  headerBytes_ += count;
  bytes = bytes.subspan(count);
  return headerBytes_ == wanted;
}

Result<void> ChunkReader::onBasicHeader(const Sink& sink) {
  format_ = static_cast<Format>(header_[0] >> 6);
  const std::uint32_t low = header_[0] & 0x3F;
  std::uint32_t id = low;
  if (low == 0) id = 64U + header_[1];
  if (low == 1) id = 64U + header_[1] + 256U * header_[2];
  headerBytes_ = 0;
  if (auto result = selectChunkStream(id); !result) return result;
  if (format_ != Format::Nothing) {
    state_ = State::MessageHeader;
    return {};
  }
  if (stream_->extended) {
    state_ = State::RepeatedTimestamp;
    return {};
  }
  return stream_->unfinished ? beginPayload(sink) : beginMessage(sink);
}

Result<void> ChunkReader::selectChunkStream(std::uint32_t id) {
  streamId_ = id;
  const auto known = streams_.find(id);
  if (known != streams_.end()) {
    stream_ = &known->second;
    if (stream_->unfinished && format_ != Format::Nothing) {
      return failure(Errc::CorruptData, "a new header inside an unfinished message");
    }
    return {};
  }
  if (format_ == Format::DeltaOnly || format_ == Format::Nothing) {
    return failure(Errc::CorruptData, "its first chunk has type " +
                                          std::to_string(static_cast<int>(format_)) +
                                          ", which needs a header before it");
  }
  if (streams_.size() >= limits_.maxChunkStreams) {
    return failure(Errc::LimitExceeded, "more than " + std::to_string(limits_.maxChunkStreams) +
                                            " chunk streams on one connection");
  }
  stream_ = &streams_[id];
  return {};
}

std::size_t ChunkReader::messageHeaderBytes() const {
  switch (format_) {
    case Format::Full:
      return 11;
    case Format::SameStream:
      return 7;
    case Format::DeltaOnly:
      return 3;
    case Format::Nothing:
      return 0;
  }
  return 0;
}

Result<void> ChunkReader::onMessageHeader() {
  util::ByteReader in(header_);
  stream_->timestampField = in.u24();
  stream_->extended = stream_->timestampField == kExtended;
  if (format_ != Format::DeltaOnly) {
    stream_->length = in.u24();
    stream_->message.type = static_cast<MessageType>(in.u8());
  }
  if (format_ == Format::Full) stream_->message.streamId = in.u32LittleEndian();
  headerBytes_ = 0;
  if (stream_->length > limits_.maxMessageBytes) {
    return failure(Errc::LimitExceeded, "a message of " + std::to_string(stream_->length) +
                                            " bytes, at most " +
                                            std::to_string(limits_.maxMessageBytes) + " are taken");
  }
  if (stream_->extended) state_ = State::ExtendedTimestamp;
  return {};
}

Result<void> ChunkReader::onRepeatedTimestamp(std::span<const std::uint8_t>& bytes,
                                              const Sink& sink) {
  // Old peers leave it out of type-3 chunks. The first byte that differs from the stored value
  // tells, so that a short payload at the end of the input is not kept waiting for four bytes.
  const std::uint32_t stored = stream_->timestampField;
  while (!bytes.empty() && headerBytes_ < 4) {
    const auto expected = static_cast<std::uint8_t>(stored >> (24 - 8 * headerBytes_));
    if (bytes[0] != expected) {
      const auto payload = header_;
      const std::size_t count = std::exchange(headerBytes_, 0);
      if (auto result = stream_->unfinished ? beginPayload(sink) : beginMessage(sink); !result) {
        return result;
      }
      return consume(std::span(payload).first(count), sink);
    }
    header_[headerBytes_++] = bytes[0];
    bytes = bytes.subspan(1);
  }
  if (headerBytes_ < 4) return {};
  headerBytes_ = 0;
  return stream_->unfinished ? beginPayload(sink) : beginMessage(sink);
}

Result<void> ChunkReader::beginMessage(const Sink& sink) {
  Message& message = stream_->message;
  if (format_ == Format::Full) {
    message.timestamp = stream_->timestampField;
  } else {
    // Also for type 3: after a type 0 the specification takes its timestamp for the delta.
    message.timestamp += stream_->timestampField;
  }
  message.body.clear();
  message.body.reserve(std::min<std::size_t>(stream_->length, kReservedAtOnce));
  stream_->unfinished = true;
  return beginPayload(sink);
}

Result<void> ChunkReader::beginPayload(const Sink& sink) {
  const std::size_t missing = stream_->length - stream_->message.body.size();
  payloadLeft_ = std::min<std::size_t>(missing, chunkSize_);
  if (missing == 0) return finishMessage(sink);
  state_ = State::Payload;
  return {};
}

Result<void> ChunkReader::onPayload(std::span<const std::uint8_t>& bytes, const Sink& sink) {
  const auto part = bytes.first(std::min(payloadLeft_, bytes.size()));
  bytes = bytes.subspan(part.size());
  if (part.size() > limits_.maxPartialBytes - partialBytes_) {
    return failure(Errc::LimitExceeded, "unfinished messages of more than " +
                                            std::to_string(limits_.maxPartialBytes) + " bytes");
  }
  partialBytes_ += part.size();
  Bytes& body = stream_->message.body;
  body.insert(body.end(), part.begin(), part.end());
  payloadLeft_ -= part.size();
  if (payloadLeft_ != 0) return {};
  state_ = State::BasicHeader;
  return body.size() == stream_->length ? finishMessage(sink) : Result<void>{};
}

Result<void> ChunkReader::finishMessage(const Sink& sink) {
  state_ = State::BasicHeader;
  stream_->unfinished = false;
  // The header stays for the chunks that lean on it; only the body leaves.
  Message& last = stream_->message;
  partialBytes_ -= last.body.size();
  Message done{last.type, last.timestamp, last.streamId, std::move(last.body)};
  last.body = {};
  if (auto result = obey(done); !result) return result;
  sink(std::move(done));
  return {};
}

Result<void> ChunkReader::obey(const Message& message) {
  if (message.type != MessageType::SetChunkSize && message.type != MessageType::Abort) return {};
  const auto value = parseU32(message);
  if (!value) return value.error();
  if (message.type == MessageType::SetChunkSize) {
    if (*value == 0 || *value > 0x7FFFFFFF) {
      return failure(Errc::CorruptData,
                     "chunk size " + std::to_string(*value) + " is not in 1 to 2147483647");
    }
    chunkSize_ = std::min(*value, kMaxMessageBytes);
    return {};
  }
  const auto aborted = streams_.find(*value);
  if (aborted == streams_.end() || !aborted->second.unfinished) return {};
  partialBytes_ -= aborted->second.message.body.size();
  aborted->second.message.body = {};
  aborted->second.unfinished = false;
  return {};
}

Error ChunkReader::failure(Errc code, const std::string& rule) const {
  return {code, "chunk stream " + std::to_string(streamId_) + ": " + rule};
}

}  // namespace multiconnection::rtmp
