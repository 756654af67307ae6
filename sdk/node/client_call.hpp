#pragma once

#include "node/client_fsm.hpp"

namespace multiconnection::node {

struct ClientFsm::Call {
  const rtmp::Command& command;
  std::uint32_t streamId;  ///< Of the message that brought it.

  /// The argument as text; empty when there is none.
  std::string text(std::size_t place) const {
    return place < command.arguments.size() ? command.arguments[place].as<std::string>() : "";
  }
  /// publish(false) and play(false) end the stream.
  bool isFalse(std::size_t place) const {
    return place < command.arguments.size() && command.arguments[place].isBoolean() &&
           !command.arguments[place].as<bool>();
  }
};

}  // namespace multiconnection::node
