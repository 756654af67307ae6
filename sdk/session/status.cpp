#include "session/status.hpp"

namespace multiconnection::session {

namespace {

/// What AMS-style servers put into a refusal: `redirect` is a tcUrl; SRS adds `redirect2`, which
/// goes on to the stream.
void addRedirect(const AmfValue& detail, Status& status) {
  if (detail["code"].as<int>(0) != 302 || !detail["redirect"].isString()) return;
  status.redirect = detail["redirect"].as<std::string>();
  const std::string head = *status.redirect + '/';
  const std::string whole = detail["redirect2"].as<std::string>();
  if (whole.starts_with(head)) status.redirectStream = whole.substr(head.size());
}

}  // namespace

std::optional<Status> statusIn(const AmfValue& value) {
  if (!value["code"].isString()) return std::nullopt;
  Status status{value["code"].as<std::string>(), value["level"].as<std::string>(),
                value["description"].as<std::string>()};
  addRedirect(value["ex"], status);
  if (status.code == kReconnectRequest) status.redirect = value["tcUrl"].as<std::string>();
  return status;
}

Status statusOf(const rtmp::Command& command) {
  for (const AmfValue& value : command.arguments) {
    if (auto status = statusIn(value)) return *std::move(status);
  }
  return statusIn(command.object).value_or(Status{});
}

}  // namespace multiconnection::session
