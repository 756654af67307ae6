#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "amf/amf0.hpp"
#include "multiconnection/error.hpp"
#include "rtmp/message/encoding.hpp"
#include "rtmp/message/message.hpp"
#include "util/byte_reader.hpp"

namespace multiconnection::rtmp {

/// The body of a message of one of the two types, without the byte before it that the AMF3 form
/// has. Either holds AMF0 values, some of which may be the marker of an AMF3 value and that value.
Result<util::ByteReader> amf0Body(const Message& message, MessageType amf0, MessageType amf3);

/// Writes the values of one body. In the AMF3 form scalars stay AMF0, as servers expect of names
/// and ids; the others are AMF3 values that share one set of tables, as Flash Player and Red5 have
/// it.
class ValueWriter {
 public:
  /// Begins the body: the AMF3 form has a byte of its own.
  ValueWriter(Bytes& body, Encoding encoding);
  void value(const AmfValue& value);

 private:
  Bytes& body_;
  std::optional<amf::Amf3Encoder> amf3_;
};

/// One value behind the marker that the encoding asks for; it shares no table with others.
void appendValue(Bytes& out, const AmfValue& value, Encoding encoding);

/// The next value, which must be a string. `what` names it in the error.
Result<std::string> nextName(amf::Amf0Decoder& decoder, std::string_view what);

}  // namespace multiconnection::rtmp
