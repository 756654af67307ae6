#include "rtmp/message/amf_body.hpp"

namespace multiconnection::rtmp {

Result<util::ByteReader> amf0Body(const Message& message, MessageType amf0, MessageType amf3) {
  util::ByteReader body(message.body);
  if (message.type == amf0) return body;
  const std::string type = "message type " + std::to_string(static_cast<int>(message.type));
  if (message.type != amf3) {
    return Error{Errc::CorruptData,
                 type + " stands where " + std::to_string(static_cast<int>(amf0)) + " belongs"};
  }
  if (body.u8() != 0 || !body.ok()) {
    return Error{Errc::CorruptData, type + " does not begin with a zero byte"};
  }
  return body;
}

Result<std::string> nextName(amf::Amf0Decoder& decoder, std::string_view what) {
  const auto value = decoder.next();
  if (!value) return value.error();
  if (const auto* text = value->get<std::string>()) return *text;
  return Error{Errc::CorruptData, "the " + std::string(what) + " is no string"};
}

}  // namespace multiconnection::rtmp
