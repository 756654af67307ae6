#include "session/status.hpp"

namespace multiconnection::session {

std::optional<Status> statusIn(const AmfValue& value) {
  if (!value["code"].isString()) return std::nullopt;
  return Status{value["code"].as<std::string>(), value["level"].as<std::string>(),
                value["description"].as<std::string>()};
}

Status statusOf(const rtmp::Command& command) {
  for (const AmfValue& value : command.arguments) {
    if (auto status = statusIn(value)) return *std::move(status);
  }
  return statusIn(command.object).value_or(Status{});
}

}  // namespace multiconnection::session
