// Any body for any message type (the first byte): what is understood survives being written and
// read again.
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "rtmp/message/command.hpp"
#include "rtmp/message/control.hpp"
#include "rtmp/message/data.hpp"
#include "rtmp/message/shared_object.hpp"
#include "rtmp/message/user_control.hpp"

namespace {

using namespace multiconnection;

/// A small limit, or the fuzzer would spend its time on writing out references.
constexpr amf::Limits kLimits{.maxRepeatedBytes = 1U << 16};

std::optional<rtmp::Message> rewritten(const rtmp::Message& message, rtmp::Encoding encoding,
                                       const amf::Limits& limits) {
  switch (message.type) {
    case rtmp::MessageType::CommandAmf0:
    case rtmp::MessageType::CommandAmf3:
      if (const auto command = parseCommand(message, limits)) {
        return makeCommand(*command, 0, encoding);
      }
      return std::nullopt;
    case rtmp::MessageType::DataAmf0:
    case rtmp::MessageType::DataAmf3:
      if (const auto event = parseData(message, limits)) {
        return makeData(*event, 0, 0, encoding);
      }
      return std::nullopt;
    case rtmp::MessageType::SharedObjectAmf0:
    case rtmp::MessageType::SharedObjectAmf3:
      if (const auto object = parseSharedObject(message, limits)) {
        return makeSharedObject(*object, encoding);
      }
      return std::nullopt;
    case rtmp::MessageType::UserControl:
      if (const auto control = parseUserControl(message)) return makeUserControl(*control);
      return std::nullopt;
    case rtmp::MessageType::SetPeerBandwidth:
      if (const auto peer = parsePeerBandwidth(message)) {
        return rtmp::makeSetPeerBandwidth(peer->windowBytes, peer->limit);
      }
      return std::nullopt;
    default:
      if (const auto value = parseU32(message)) return rtmp::makeWindowAckSize(*value);
      return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const rtmp::Message message{
      static_cast<rtmp::MessageType>(data[0]), 0, 0, {data + 1, data + size}};
  for (const auto encoding : {rtmp::Encoding::Amf0, rtmp::Encoding::Amf3}) {
    const auto first = rewritten(message, encoding, kLimits);
    if (!first) return 0;
    // What we wrote may repeat more by reference than what we read.
    const auto second = rewritten(*first, encoding, {});
    if (!second || second->body != first->body) std::abort();
  }
  return 0;
}
