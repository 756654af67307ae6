#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "amf/amf0.hpp"
#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "rtmp/message/encoding.hpp"
#include "rtmp/message/message.hpp"

namespace multiconnection::rtmp {

/// A remote call or the answer to one (Adobe RTMP 1.0, section 7.1.1).
struct Command {
  std::string name;
  double transactionId = 0;   ///< 0: no answer wanted.
  AmfValue object = nullptr;  ///< The command object; null but in connect and its answer.
  std::vector<AmfValue> arguments;
};

/// A command message of type 20, or 17 for AMF3.
Message makeCommand(const Command& command, std::uint32_t streamId = 0,
                    Encoding encoding = Encoding::Amf0);
/// Reads types 20 and 17, in which AMF0 and AMF3 values may alternate. A command that ends after
/// its transaction id has a null object: some servers' _error does.
/// @return Errc::CorruptData, Errc::LimitExceeded or Errc::Unsupported, as Amf0Decoder::next().
Result<Command> parseCommand(const Message& message, const amf::Limits& limits = {});

}  // namespace multiconnection::rtmp
