#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fault/faulty_server.hpp"
#include "fault/matrix.hpp"
#include "fault/pump.hpp"
#include "fault/world.hpp"
#include "integration/array_support.hpp"

namespace multiconnection::test {

/// One cell: an array with one faulty server, from connect() to close(), with all that is checked.
class Scene {
 public:
  Scene(World& world, const Cell& cell);
  ~Scene();
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  void run();

 private:
  std::vector<ServerEntry> entries() const;
  ConnectOptions options() const;
  void connect();
  void publish();
  void watchTheFault();
  void close();
  void checkVerdicts();
  void checkNames();
  void checkEventsOfOthers();
  void checkMemory();
  void checkRecordings();
  void checkFaultyRecording();
  void checkViewer();
  void expectNoAcknowledgement();
  void expectReturn();

  bool alone() const { return cell_.size == 1; }
  bool is(Outcome outcome) const { return cell_.row->outcome == outcome; }
  /// How often the faulty server was told of with that code.
  std::size_t told(const std::vector<StatusEvent>& all, StatusCode code) const;
  bool waitTold(StatusCode code, std::size_t times);
  std::string nameOf(std::size_t index) const { return "stream" + std::to_string(index); }

  const Cell cell_;
  const std::size_t faulty_;
  const std::string folder_;  ///< Of the recordings; removed at the end.
  Collector<NodeEvent> soundEvents_;
  std::unique_ptr<Node> sound_;
  std::unique_ptr<FaultyServer> server_;
  std::unique_ptr<MultiConnection> array_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Pump> pump_;
  std::unique_ptr<Viewer> viewer_;  ///< Of a faulty server that passes the stream on.
  const std::size_t heapBefore_ = heapInUse();
  std::uint32_t frames_ = 0;
  bool returned_ = false;
};

}  // namespace multiconnection::test
