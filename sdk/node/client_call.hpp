#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "node/client_fsm.hpp"
#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/user_control.hpp"
#include "util/quoted.hpp"

namespace multiconnection::node {

using util::quoted;

inline constexpr char kStatus[] = "status";
inline constexpr char kError[] = "error";

inline void sendUserControl(rtmp::UserControlEvent event, std::uint32_t streamId,
                            ClientActions& out) {
  out.send.push_back({rtmp::makeUserControl({event, streamId}), rtmp::kControlChunkStream});
}

/// A stranger's number as milliseconds, small enough to calculate with.
inline std::chrono::milliseconds timeOf(const AmfValue& value, std::int64_t otherwise) {
  constexpr std::int64_t kMost = std::int64_t{1} << 42;  // a century and more
  return std::chrono::milliseconds(std::clamp(value.as<std::int64_t>(otherwise), -kMost, kMost));
}

struct ClientFsm::Call {
  const rtmp::Command& command;
  std::uint32_t streamId;  ///< Of the message that brought it.

  /// The argument; Undefined when there is none.
  AmfValue value(std::size_t place) const {
    return place < command.arguments.size() ? command.arguments[place] : AmfValue();
  }
  /// The argument as text; empty when there is none.
  std::string text(std::size_t place) const { return value(place).as<std::string>(); }
  /// The argument as true or false, a boolean or a number.
  bool flag(std::size_t place, bool otherwise) const {
    const AmfValue given = value(place);
    return given.isNumber() ? given.as<double>() != 0 : given.as<bool>(otherwise);
  }
  /// publish(false) and play(false) end the stream.
  bool isFalse(std::size_t place) const {
    return value(place).isBoolean() && !value(place).as<bool>();
  }
};

}  // namespace multiconnection::node
