#include "fault/faulty_server.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = 1935;     ///< Nobody else is in this world; redirects name it.
constexpr std::uint64_t kTrickle = 8000;  ///< Bits per second.
constexpr std::uint64_t kDrip = 160;
constexpr auto kClockStep = 24h;

bool hasNode(Means means) { return means != Means::Unroutable && means != Means::Unreachable; }

bool hasLink(Means means) {
  switch (means) {
    case Means::Node:
    case Means::Unroutable:
    case Means::Unreachable:
    case Means::RouteCut:
    case Means::ClockForward:
    case Means::ClockBack:
    case Means::DiskFull:
      return false;
    default:
      return true;
  }
}

/// A fault without consequences, so that the node says when it is time to strike.
std::string markerOf(Moment moment) {
  switch (moment) {
    case Moment::Tcp:
    case Moment::Close:
      return {};
    case Moment::Media:
      return "media:stall=1,messages=20,times=1";
    default:
      return std::string(word(moment)) + ":delay=30,times=1";
  }
}

void fill(const std::string& folder) {
  std::ofstream file(folder + "/full");
  while (file << std::string(4096, 'x') << std::flush) {
  }
}

}  // namespace

FaultyServer::FaultyServer(World& world, const Row& row, const std::string& folder)
    : world_(world), row_(row) {
  if (!hasNode(row.means)) return;
  const auto options = nodeOptions(folder);
  if (row_.means == Means::RouteCut) {
    world_.atFarEnd([&] { startNode(options); });
  } else {
    startNode(options);
  }
  if (hasLink(row.means)) startLink();
}

FaultyServer::~FaultyServer() {
  repair();
  node_.reset();
  if (row_.means == Means::DiskFull) {
    std::filesystem::remove_all(world_.smallDisk() + "/full");
    std::filesystem::remove_all(world_.smallDisk() + "/live");
  }
}

NodeOptions FaultyServer::nodeOptions(const std::string& folder) {
  NodeOptions options = RunningNode::options();
  options.port = kPort;
  options.root = folder;
  if (row_.means == Means::RouteCut) options.address = World::kFarAddress;
  if (row_.means == Means::DiskFull) {
    options.root = world_.smallDisk();
    if (row_.moment == Moment::Publish) fill(options.root);
  }
  std::istringstream faults(row_.means == Means::Node ? std::string(row_.nodeFault)
                                                      : markerOf(row_.moment));
  for (std::string text; faults >> text;) {
    options.faults.push_back(parseNodeFault(text).value());
  }
  options.onEvent = [this](const NodeEvent& event) {
    if (event.kind == NodeEvent::Kind::Fault && row_.means != Means::Node) strike();
    events.add(event);
  };
  return options;
}

void FaultyServer::startNode(const NodeOptions& options) {
  node_ = std::make_unique<Node>(options);
  const auto started = node_->start();
  EXPECT_TRUE(started) << (started ? "" : started.error().message);
}

void FaultyServer::startLink() {
  LinkEmulatorOptions options;
  options.targetPort = node_->port();
  link_ = std::make_unique<LinkEmulator>(options);
  EXPECT_TRUE(link_->start());
}

std::string FaultyServer::url() const {
  std::string host = "127.0.0.1";
  if (row_.means == Means::Unroutable) host = World::kLostAddress;
  if (row_.means == Means::Unreachable) host = World::kNoWayAddress;
  if (row_.means == Means::RouteCut) host = World::kFarAddress;
  if (row_.means == Means::NoSuchName || row_.means == Means::SilentName) host = World::kName;
  return "rtmp://" + host + ":" + std::to_string(link_ ? link_->port() : kPort) + "/live";
}

void FaultyServer::setLink(bool up, const LinkConditions& conditions) {
  EXPECT_TRUE(up ? link_->setUp(conditions) : link_->setDown(conditions));
}

void FaultyServer::strike() {
  LinkConditions conditions;
  conditions.stalled = true;
  switch (row_.means) {
    case Means::NotListening:
      EXPECT_TRUE(link_->setListening(false));
      link_->resetAll();
      return;
    case Means::NoSuchName:
    case Means::SilentName:
      world_.setNames(row_.means == Means::NoSuchName ? World::Names::Unknown
                                                      : World::Names::Silent);
      return link_->resetAll();
    case Means::NotHeard:
      return setLink(false, conditions);
    case Means::NotRead:
      return setLink(true, conditions);
    case Means::Stalled:
    case Means::Pause:
    case Means::LongPause:
      setLink(true, conditions);
      return setLink(false, conditions);
    case Means::Trickle:
      return setLink(true, {kTrickle});
    case Means::Drip:
      return setLink(false, {kDrip});
    case Means::Corrupt:
      conditions.stalled = false;
      conditions.corruption = 1;
      return setLink(false, conditions);
    case Means::Reset:
      return link_->resetAll();
    case Means::RouteCut:
      return world_.cutCable(true);
    case Means::ClockForward:
      return shiftSystemClock(kClockStep);
    case Means::ClockBack:
      return shiftSystemClock(-kClockStep);
    case Means::NoFiles:
      noMoreFiles_.emplace();
      if (row_.moment == Moment::Media) link_->resetAll();
      return;
    default:
      return;
  }
}

void FaultyServer::repair() {
  noMoreFiles_.reset();
  world_.cutCable(false);
  world_.setNames(World::Names::Answered);
  shiftSystemClock(0s);
  if (!link_) return;
  setLink(true, {});
  setLink(false, {});
  EXPECT_TRUE(link_->setListening(true));
}

}  // namespace multiconnection::test
