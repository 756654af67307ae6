#include "rtmp/message/amf_body.hpp"

namespace multiconnection::rtmp {
namespace {

/// What both formats can say.
bool isScalar(const AmfValue& value) {
  return value.isUndefined() || value.isNull() || value.isBoolean() || value.isNumber() ||
         value.isString();
}

}  // namespace

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

ValueWriter::ValueWriter(Bytes& body, Encoding encoding) : body_(body) {
  if (encoding == Encoding::Amf0) return;
  body_.push_back(0);
  amf3_.emplace(body_);
}

void ValueWriter::value(const AmfValue& value) {
  if (!amf3_ || isScalar(value)) return amf::encodeAmf0(body_, value);
  body_.push_back(static_cast<std::uint8_t>(amf::Marker::AvmPlus));
  amf3_->value(value);
}

void appendValue(Bytes& out, const AmfValue& value, Encoding encoding) {
  if (encoding == Encoding::Amf0) return amf::encodeAmf0(out, value);
  out.push_back(static_cast<std::uint8_t>(amf::Marker::AvmPlus));
  amf::encodeAmf3(out, value);
}

Result<std::string> nextName(amf::Amf0Decoder& decoder, std::string_view what) {
  const auto value = decoder.next();
  if (!value) return value.error();
  if (const auto* text = value->get<std::string>()) return *text;
  return Error{Errc::CorruptData, "the " + std::string(what) + " is no string"};
}

}  // namespace multiconnection::rtmp
