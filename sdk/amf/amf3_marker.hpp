#pragma once

#include <cstdint>

namespace multiconnection::amf {

/// Type markers of the AMF3 specification, section 3.1.
enum class Marker3 : std::uint8_t {
  Undefined = 0x00,
  Null = 0x01,
  False = 0x02,
  True = 0x03,
  Integer = 0x04,
  Double = 0x05,
  String = 0x06,
  XmlDocument = 0x07,  ///< ActionScript 2's XML; Xml is E4X.
  Date = 0x08,
  Array = 0x09,
  Object = 0x0A,
  Xml = 0x0B,
  ByteArray = 0x0C,
  VectorInt = 0x0D,
  VectorUint = 0x0E,
  VectorDouble = 0x0F,
  VectorObject = 0x10,
  Dictionary = 0x11,
};

}  // namespace multiconnection::amf
