#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "amf/amf0.hpp"
#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "rtmp/message/encoding.hpp"
#include "rtmp/message/message.hpp"

namespace multiconnection::rtmp {

/// A data message: NetStream.send(), metadata, cue points.
struct DataEvent {
  std::string handler;
  std::vector<AmfValue> arguments;
};

/// A data message of type 18, or 15 for AMF3.
Message makeData(const DataEvent& event, std::uint32_t streamId, std::uint32_t timestamp,
                 Encoding encoding = Encoding::Amf0);
/// Reads types 18 and 15, in which AMF0 and AMF3 values may alternate.
/// @return Errc::CorruptData, Errc::LimitExceeded or Errc::Unsupported, as Amf0Decoder::next().
Result<DataEvent> parseData(const Message& message, const amf::Limits& limits = {});
/// The same for the body of an AMF0 data message.
Result<DataEvent> parseData(std::span<const std::uint8_t> body, const amf::Limits& limits = {});

}  // namespace multiconnection::rtmp
