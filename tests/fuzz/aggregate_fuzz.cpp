// Any body of an aggregate: what is taken out of it lies in it, in its own stream.
#include <cstdint>
#include <cstdlib>

#include "rtmp/message/aggregate.hpp"

using multiconnection::rtmp::Message;
using multiconnection::rtmp::MessageType;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kHeader = 11;
  const Message aggregate{MessageType::Aggregate, 0xFFFFFFF0, 3, {data, data + size}};
  const auto messages = splitAggregate(aggregate);
  if (!messages) {
    if (messages.error().message.empty()) std::abort();
    return 0;
  }
  std::size_t bytes = 0;
  for (const auto& message : *messages) {
    bytes += kHeader + message.body.size();
    if (message.streamId != aggregate.streamId) std::abort();
    if (message.type != MessageType::Audio && message.type != MessageType::Video &&
        message.type != MessageType::DataAmf0) {
      std::abort();
    }
  }
  if (bytes > size) std::abort();
  return 0;
}
