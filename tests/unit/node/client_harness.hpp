#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "node/client_fsm.hpp"
#include "rtmp/message/command.hpp"
#include "support/hex.hpp"

namespace multiconnection::node {

using Kind = ClientEvent::Kind;
using rtmp::Command;
using rtmp::MessageType;

/// A state machine and everything it said so far.
class ClientHarness {
 public:
  explicit ClientHarness(const ClientSettings& settings = {}) : fsm(settings) {}

  Result<void> feed(rtmp::Message message) {
    out = {};
    return fsm.onMessage(std::move(message), out);
  }
  /// Sends a command and keeps what it caused in `out`.
  void command(const Command& command, std::uint32_t streamId = 0) {
    const auto done = feed(makeCommand(command, streamId));
    ASSERT_TRUE(done) << done.error();
  }
  void connect(const std::string& app = "live") {
    command({"connect", 1, AmfObject{{"app", app}, {"tcUrl", "rtmp://elsewhere/other"}}, {}});
  }
  void createStream() { command({"createStream", 4, nullptr, {}}); }
  /// Connected, with stream 1 publishing `name`.
  void startPublishing(const std::string& name) {
    connect();
    createStream();
    command({"publish", 5, nullptr, {name, "live"}}, 1);
    ASSERT_EQ(out.events.size(), 1U);
    ASSERT_EQ(out.events[0].kind, Kind::PublishRequested);
    fsm.publishStarted(1, false, out);
  }
  /// Connected, with stream 1 playing `name`.
  void startPlaying(const std::string& name) {
    connect();
    createStream();
    command({"play", 5, nullptr, {name, -2000}}, 1);
    ASSERT_EQ(out.events.size(), 1U);
    ASSERT_EQ(out.events[0].kind, Kind::PlayRequested);
    fsm.playStarted(1, false, out);
  }

  /// The commands among what was sent last.
  std::vector<Command> commands() const {
    std::vector<Command> found;
    for (const auto& outgoing : out.send) {
      if (outgoing.message.type != MessageType::CommandAmf0) continue;
      const auto command = parseCommand(outgoing.message);
      if (command) found.push_back(*command);
    }
    return found;
  }
  /// Code and stream id of every onStatus sent last: "1 NetStream.Play.Start".
  std::vector<std::string> statuses() const {
    std::vector<std::string> found;
    for (const auto& outgoing : out.send) {
      const auto command = parseCommand(outgoing.message);
      if (!command || command->name != "onStatus" || command->arguments.empty()) continue;
      found.push_back(std::to_string(outgoing.message.streamId) + " " +
                      command->arguments[0]["code"].as<std::string>());
    }
    return found;
  }
  std::string lastDescription() const {
    const auto all = commands();
    if (all.empty() || all.back().arguments.empty()) return "";
    return all.back().arguments.back()["description"].as<std::string>();
  }

  ClientFsm fsm;
  ClientActions out;
};

}  // namespace multiconnection::node
