#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rtmp/message/command.hpp"
#include "session/session.hpp"
#include "support/hex.hpp"

namespace multiconnection::session::test {

using multiconnection::test::hex;

/// A server's side of one session: says something, and keeps what the session did about it.
class Peer {
 public:
  explicit Peer(ConnectParameters parameters = {"live", "rtmp://b/live", "FMLE/3.0", 65536, 250000})
      : session(std::move(parameters)) {}

  /// @return what the session sends and raises because of it.
  Actions says(const rtmp::Message& message) {
    Actions out;
    accepted = static_cast<bool>(session.onMessage(message, out));
    return out;
  }
  Actions says(rtmp::MessageType type, std::string_view body, std::uint32_t streamId = 0) {
    return says(rtmp::Message{type, 0, streamId, hex(body)});
  }
  Actions says(const rtmp::Command& command, std::uint32_t streamId = 0) {
    return says(rtmp::makeCommand(command, streamId));
  }
  Actions status(const std::string& code, const std::string& level, std::uint32_t streamId = 0) {
    return says({"onStatus", 0, nullptr, {AmfObject{{"level", level}, {"code", code}}}}, streamId);
  }
  Actions opens() {
    Actions out;
    session.connection().open(out);
    return out;
  }
  void connects() {
    opens();
    says({"_result", 1, nullptr, {AmfObject{{"code", "NetConnection.Connect.Success"}}}});
  }
  Actions publishes(const std::string& name = "webCastName", PublishMode mode = PublishMode::Live) {
    return does([&](Actions& out) { return session.stream().publish(name, mode, out); });
  }
  Actions plays(PlayRequest request = {"webCastName"}) {
    return does([&](Actions& out) { return session.stream().play(std::move(request), out); });
  }
  /// Runs a step that returns a Result; `done` keeps that.
  template <class Step>
  Actions does(Step step) {
    Actions out;
    const auto result = step(out);
    done = result ? std::nullopt : std::optional(result.error());
    return out;
  }
  /// A call of the application. @return its transaction id; 0 when it was not taken.
  double calls(const std::string& method, std::vector<AmfValue> arguments = {}) {
    Actions out;
    const auto transaction = session.connection().startCall(method, std::move(arguments), out);
    return transaction ? *transaction : 0;
  }
  Actions stops() {
    Actions out;
    session.stream().stop(out);
    return out;
  }
  Actions creates(double transaction, double streamId) {
    return says({"_result", transaction, nullptr, {streamId}});
  }
  /// Up to Publish.Start on stream 1.
  void startsPublishing() {
    connects();
    publishes();
    creates(4, 1);
    status("NetStream.Publish.Start", "status", 1);
  }
  /// Up to Play.Start on stream 1.
  void startsPlaying() {
    connects();
    plays();
    creates(2, 1);
    status("NetStream.Play.Start", "status", 1);
  }

  Session session;
  bool accepted = true;
  std::optional<Error> done;  ///< Why the last step of does() was refused.
};

/// "PublishStarted NetStream.Publish.Start": one line for each event.
inline std::vector<std::string> texts(const Actions& actions) {
  static constexpr const char* kNames[] = {
      "Connected",      "ConnectRefused", "Redirected",   "MoveRequested", "PublishStarted",
      "PublishRefused", "Unpublished",    "PlayStarted",  "PlayRefused",   "PlayEnded",
      "Informed",       "MediaReceived",  "CallAnswered", "CallReceived",  "SharedObjectReceived"};
  std::vector<std::string> lines;
  for (const Event& event : actions.events) {
    lines.push_back(kNames[static_cast<int>(event.kind)] +
                    (event.status.code.empty() ? "" : " " + event.status.code));
  }
  return lines;
}

/// Names of the commands sent.
inline std::vector<std::string> commands(const Actions& actions) {
  std::vector<std::string> names;
  for (const Outgoing& outgoing : actions.send) {
    const auto command = rtmp::parseCommand(outgoing.message);
    names.push_back(command ? command->name : "?");
  }
  return names;
}

}  // namespace multiconnection::session::test
