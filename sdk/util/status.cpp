#include "multiconnection/status.hpp"

#include <array>

namespace multiconnection {
namespace {

struct CodeName {
  StatusCode code;
  std::string_view name;
};

constexpr std::array kCodeNames{
    CodeName{StatusCode::SetupSuccess, "NetConnection.Setup.Success"},
    CodeName{StatusCode::SetupFailed, "NetConnection.Setup.Failed"},
    CodeName{StatusCode::StreamPublishSuccess, "MultiStream.Publish.Success"},
    CodeName{StatusCode::StreamPublishFailed, "MultiStream.Publish.Failed"},
    CodeName{StatusCode::StreamPlayFailed, "MultiStream.Play.Failed"},
    CodeName{StatusCode::CodecUnsupported, "MultiStream.Publish.CodecUnsupported"},
    CodeName{StatusCode::CodecUnconfirmed, "MultiStream.Publish.CodecUnconfirmed"},
    CodeName{StatusCode::PublishNameHeld, "MultiStream.Publish.NameHeld"},
    CodeName{StatusCode::PlayFailover, "MultiStream.Play.Failover"},
    CodeName{StatusCode::Degraded, "MultiConnection.Degraded"},
    CodeName{StatusCode::Lost, "MultiConnection.Lost"},
    CodeName{StatusCode::Recovered, "MultiConnection.Recovered"},
    CodeName{StatusCode::Closed, "MultiConnection.Closed"},
    CodeName{StatusCode::Redirected, "MultiConnection.Server.Redirected"},
    CodeName{StatusCode::Moved, "MultiConnection.Server.Moved"},
    CodeName{StatusCode::FailedOver, "MultiConnection.Server.FailedOver"},
    CodeName{StatusCode::FailedBack, "MultiConnection.Server.FailedBack"},
    CodeName{StatusCode::Yielding, "MultiConnection.Server.Yielding"},
    CodeName{StatusCode::Resumed, "MultiConnection.Server.Resumed"},
    CodeName{StatusCode::ConnectSuccess, "NetConnection.Connect.Success"},
    CodeName{StatusCode::ConnectFailed, "NetConnection.Connect.Failed"},
    CodeName{StatusCode::ConnectRejected, "NetConnection.Connect.Rejected"},
    CodeName{StatusCode::ConnectClosed, "NetConnection.Connect.Closed"},
    CodeName{StatusCode::ConnectInvalidApp, "NetConnection.Connect.InvalidApp"},
    CodeName{StatusCode::ConnectAppShutdown, "NetConnection.Connect.AppShutdown"},
    CodeName{StatusCode::ConnectReconnectRequest, "NetConnection.Connect.ReconnectRequest"},
    CodeName{StatusCode::CallFailed, "NetConnection.Call.Failed"},
    CodeName{StatusCode::PublishStart, "NetStream.Publish.Start"},
    CodeName{StatusCode::PublishBadName, "NetStream.Publish.BadName"},
    CodeName{StatusCode::PublishDenied, "NetStream.Publish.Denied"},
    CodeName{StatusCode::PublishIdle, "NetStream.Publish.Idle"},
    CodeName{StatusCode::UnpublishSuccess, "NetStream.Unpublish.Success"},
    CodeName{StatusCode::PlayReset, "NetStream.Play.Reset"},
    CodeName{StatusCode::PlayStart, "NetStream.Play.Start"},
    CodeName{StatusCode::PlayStop, "NetStream.Play.Stop"},
    CodeName{StatusCode::PlayStreamNotFound, "NetStream.Play.StreamNotFound"},
    CodeName{StatusCode::PlayFailed, "NetStream.Play.Failed"},
    CodeName{StatusCode::PlayPublishNotify, "NetStream.Play.PublishNotify"},
    CodeName{StatusCode::PlayUnpublishNotify, "NetStream.Play.UnpublishNotify"},
    CodeName{StatusCode::StreamFailed, "NetStream.Failed"},
    CodeName{StatusCode::StreamStalled, "MultiStream.Server.Stalled"},
    CodeName{StatusCode::SharedObjectBadPersistence, "SharedObject.BadPersistence"},
    CodeName{StatusCode::SharedObjectNoReadAccess, "SharedObject.NoReadAccess"},
    CodeName{StatusCode::SharedObjectNoWriteAccess, "SharedObject.NoWriteAccess"},
    CodeName{StatusCode::SharedObjectCreationFailed, "SharedObject.ObjectCreationFailed"},
    CodeName{StatusCode::SharedObjectNotFound, "SharedObject.NoObjectFound"},
    CodeName{StatusCode::SharedObjectTimedOut, "MultiSharedObject.Use.TimedOut"},
    CodeName{StatusCode::SharedObjectOwnConnection, "MultiSharedObject.Use.OwnConnection"},
    CodeName{StatusCode::SharedObjectOff, "MultiSharedObject.Use.Off"},
    CodeName{StatusCode::SharedObjectTooLarge, "MultiSharedObject.Use.TooLarge"},
};

}  // namespace

std::string_view codeName(StatusCode code) noexcept {
  for (const auto& entry : kCodeNames) {
    if (entry.code == code) return entry.name;
  }
  return {};
}

StatusCode statusCode(std::string_view name) noexcept {
  for (const auto& entry : kCodeNames) {
    if (entry.name == name) return entry.code;
  }
  return StatusCode::Unknown;
}

std::string_view levelName(StatusLevel level) noexcept {
  switch (level) {
    case StatusLevel::Status:
      return "status";
    case StatusLevel::Warning:
      return "warning";
    case StatusLevel::Error:
      return "error";
  }
  return {};
}

std::string_view stateName(ServerState state) noexcept {
  switch (state) {
    case ServerState::Idle:
      return "idle";
    case ServerState::Connecting:
      return "connecting";
    case ServerState::Handshaking:
      return "handshaking";
    case ServerState::Opening:
      return "opening";
    case ServerState::Connected:
      return "connected";
    case ServerState::Publishing:
      return "publishing";
    case ServerState::Playing:
      return "playing";
    case ServerState::Closing:
      return "closing";
    case ServerState::Closed:
      return "closed";
    case ServerState::Failed:
      return "failed";
  }
  return {};
}

std::ostream& operator<<(std::ostream& out, const ServerReport& report) {
  // Before the first code the state says more than nothing.
  out << report.url << ' '
      << (report.codeText.empty() ? stateName(report.state) : std::string_view(report.codeText))
      << " after " << report.elapsed.count() << " ms";
  if (!report.reason.empty()) out << ": " << report.reason;
  if (report.nextTry) out << ", next try in " << report.nextTry->count() << " ms";
  return out;
}

std::ostream& operator<<(std::ostream& out, const StatusEvent& event) {
  out << event.codeText << " (" << levelName(event.level) << ')';
  if (!event.reason.empty()) out << ": " << event.reason;
  if (event.server) out << " [" << *event.server << ']';
  for (const auto& server : event.servers) out << " [" << server << ']';
  return out;
}

}  // namespace multiconnection
