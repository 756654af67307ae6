#include "rtmp/message/data.hpp"

#include <utility>

#include "rtmp/message/amf_body.hpp"

namespace multiconnection::rtmp {
namespace {

Result<DataEvent> parseValues(util::ByteReader body, const amf::Limits& limits) {
  amf::Amf0Decoder decoder(body, limits);
  auto handler = nextName(decoder, "handler name of a data message");
  if (!handler) return handler.error();
  auto arguments = decoder.rest();
  if (!arguments) return arguments.error();
  return DataEvent{*std::move(handler), *std::move(arguments)};
}

}  // namespace

Message makeData(const DataEvent& event, std::uint32_t streamId, std::uint32_t timestamp,
                 Encoding encoding) {
  const bool amf0 = encoding == Encoding::Amf0;
  Message message{amf0 ? MessageType::DataAmf0 : MessageType::DataAmf3, timestamp, streamId, {}};
  ValueWriter out(message.body, encoding);
  out.value(event.handler);
  for (const auto& argument : event.arguments) out.value(argument);
  return message;
}

Result<DataEvent> parseData(const Message& message, const amf::Limits& limits) {
  const auto body = amf0Body(message, MessageType::DataAmf0, MessageType::DataAmf3);
  if (!body) return body.error();
  return parseValues(*body, limits);
}

Result<DataEvent> parseData(std::span<const std::uint8_t> body, const amf::Limits& limits) {
  return parseValues(util::ByteReader(body), limits);
}

}  // namespace multiconnection::rtmp
