#pragma once

#include <cstdint>

namespace multiconnection::amf {

/// Type markers of the AMF0 specification, section 2.1. MovieClip (4) and RecordSet (14) are
/// reserved and occur on no wire.
enum class Marker : std::uint8_t {
  Number = 0x00,
  Boolean = 0x01,
  String = 0x02,
  Object = 0x03,
  Null = 0x05,
  Undefined = 0x06,
  Reference = 0x07,
  EcmaArray = 0x08,
  ObjectEnd = 0x09,
  StrictArray = 0x0A,
  Date = 0x0B,
  LongString = 0x0C,
  Unsupported = 0x0D,
  Xml = 0x0F,
  TypedObject = 0x10,
  AvmPlus = 0x11,  ///< One AMF3 value follows.
};

}  // namespace multiconnection::amf
