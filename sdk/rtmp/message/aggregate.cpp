#include "rtmp/message/aggregate.hpp"

#include <string>
#include <utility>

#include "util/byte_reader.hpp"

namespace multiconnection::rtmp {
namespace {

constexpr std::size_t kMaxMessages = 65536;

bool isKept(MessageType type) {
  return type == MessageType::Audio || type == MessageType::Video || type == MessageType::DataAmf0;
}

/// One inner message, in its own time; its layout is an FLV tag's.
Message next(util::ByteReader& in) {
  Message message;
  message.type = static_cast<MessageType>(in.u8());
  const std::uint32_t size = in.u24();
  message.timestamp = in.u24();
  message.timestamp |= static_cast<std::uint32_t>(in.u8()) << 24;
  in.skip(3);  // Its stream id: the aggregate's stands for it.
  const auto payload = in.take(size);
  if (isKept(message.type)) message.body.assign(payload.begin(), payload.end());
  if (in.remaining() != 0) in.skip(4);
  return message;
}

}  // namespace

Result<std::vector<Message>> splitAggregate(const Message& aggregate) {
  if (aggregate.type != MessageType::Aggregate) {
    return Error{
        Errc::CorruptData,
        "message type " + std::to_string(static_cast<int>(aggregate.type)) + " is no aggregate"};
  }
  util::ByteReader in(aggregate.body);
  std::vector<Message> messages;
  std::uint32_t offset = 0;
  for (std::size_t count = 0; in.remaining() != 0; ++count) {
    if (count == kMaxMessages) {
      return Error{Errc::LimitExceeded,
                   "an aggregate holds more than " + std::to_string(kMaxMessages) + " messages"};
    }
    const std::size_t start = in.position();
    Message message = next(in);
    if (!in.ok()) {
      return Error{Errc::CorruptData, "an aggregate of " + std::to_string(aggregate.body.size()) +
                                          " bytes ends inside the message at byte " +
                                          std::to_string(start)};
    }
    if (count == 0) offset = aggregate.timestamp - message.timestamp;
    message.timestamp += offset;
    message.streamId = aggregate.streamId;
    if (isKept(message.type)) messages.push_back(std::move(message));
  }
  return messages;
}

}  // namespace multiconnection::rtmp
