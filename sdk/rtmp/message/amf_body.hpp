#pragma once

#include <string>
#include <string_view>

#include "amf/amf0.hpp"
#include "multiconnection/error.hpp"
#include "rtmp/message/message.hpp"
#include "util/byte_reader.hpp"

namespace multiconnection::rtmp {

/// The AMF0 part of a message of one of the two types; the AMF3 form has one byte before it.
Result<util::ByteReader> amf0Body(const Message& message, MessageType amf0, MessageType amf3);

/// The next value, which must be a string. `what` names it in the error.
Result<std::string> nextName(amf::Amf0Decoder& decoder, std::string_view what);

}  // namespace multiconnection::rtmp
