#pragma once

#include <memory>
#include <optional>
#include <string>

#include "fault/matrix.hpp"
#include "fault/world.hpp"
#include "integration/array_support.hpp"
#include "multiconnection/link_emulator.hpp"

namespace multiconnection::test {

/// The server of an array that is in trouble.
class FaultyServer {
 public:
  /// @param folder  of its recordings, if it records.
  FaultyServer(World& world, const Row& row, const std::string& folder);
  ~FaultyServer();
  FaultyServer(const FaultyServer&) = delete;
  FaultyServer& operator=(const FaultyServer&) = delete;

  std::string url() const;
  /// Begins the fault, where that is not by itself.
  void strike();
  /// Ends it.
  void repair();
  /// The server ends, and its recordings are complete.
  void stop() { node_.reset(); }

  Collector<NodeEvent> events;

 private:
  NodeOptions nodeOptions(const std::string& folder);
  void startNode(const NodeOptions& options);
  void startLink();
  void setLink(bool up, const LinkConditions& conditions);

  World& world_;
  const Row& row_;
  std::unique_ptr<LinkEmulator> link_;
  std::optional<NoMoreFiles> noMoreFiles_;
  std::unique_ptr<Node> node_;  ///< Ends first: its thread strikes.
};

}  // namespace multiconnection::test
