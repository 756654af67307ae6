#include "fault/scene.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "fault/recording.hpp"

namespace multiconnection::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds kDrainLimit = 2000ms;
constexpr milliseconds kBlockedDrainLimit = 200ms;
constexpr milliseconds kClosing = 8000ms;  ///< Beyond the drain limit; only a hang takes as long.
/// Bytes that a node acknowledges twice, in frames.
constexpr std::uint32_t kAcknowledged = 600;

/// Of a server that is struck for a while; 0: for good.
milliseconds pauseOf(Means means) {
  if (means == Means::Pause) return 50ms;
  return means == Means::LongPause ? 250ms : 0ms;
}
constexpr std::size_t kQueueCeiling = 256 * 1024;  ///< 2 s of the stream, and what is half sent.
constexpr std::size_t kHeapCeiling = 16U << 20;
constexpr std::uint32_t kSome = 30;  ///< Frames; more than from one key frame to the next.

/// Whether the faulty server is added when the others are connected.
bool joinsLater(const Row& row) { return row.means == Means::NoFiles && row.moment == Moment::Tcp; }

/// Which server is faulty: another one in each cell.
std::size_t faultyOf(const Cell& cell) {
  if (joinsLater(*cell.row)) return cell.size - 1;
  std::size_t sum = cell.size;
  for (const char letter : cellName(cell)) sum = sum * 31 + static_cast<unsigned char>(letter);
  return sum % cell.size;
}

std::string folderOf(World& world, const Cell& cell) {
  std::string folder = world.disk() + "/" + cellName(cell);
  std::filesystem::create_directories(folder + "/sound");
  std::filesystem::create_directories(folder + "/faulty");
  return folder;
}

}  // namespace

Scene::Scene(World& world, const Cell& cell)
    : cell_(cell), faulty_(faultyOf(cell)), folder_(folderOf(world, cell)) {
  NodeOptions options = RunningNode::options();
  options.root = folder_ + "/sound";
  options.onEvent = [events = soundEvents_](const NodeEvent& event) { events.add(event); };
  sound_ = std::make_unique<Node>(options);
  EXPECT_TRUE(sound_->start());
  server_ = std::make_unique<FaultyServer>(world, *cell.row, folder_ + "/faulty");
  array_ = std::make_unique<MultiConnection>();
  listener_ = std::make_unique<Listener>(*array_);
}

Scene::~Scene() {
  pump_.reset();
  viewer_.reset();
  if (testing::Test::HasFailure()) {
    for (const StatusEvent& event : listener_->events.all()) {
      if (event.server && event.server->index != faulty_) continue;
      std::cout << "  " << event.codeText << " (" << levelName(event.level) << "): " << event.reason
                << '\n';
    }
  }
  listener_.reset();
  array_.reset();
  server_.reset();
  sound_.reset();
  std::filesystem::remove_all(folder_);
}

std::vector<ServerEntry> Scene::entries() const {
  const std::string sound = "rtmp://127.0.0.1:" + std::to_string(sound_->port()) + "/app";
  std::vector<ServerEntry> entries;
  for (std::size_t i = 0; i < cell_.size; ++i) {
    const bool faulty = i == faulty_;
    entries.emplace_back(faulty ? server_->url() : sound + std::to_string(i), nameOf(i));
  }
  return entries;
}

ConnectOptions Scene::options() const {
  const bool waits = cell_.row->waits;
  const milliseconds limit = waits ? 1500ms : 10000ms;
  ConnectOptions options;
  options.setupTimeout = options.attemptTimeout = limit;
  options.stallTimeout = waits ? 1000ms : 10000ms;
  options.policy = alone() ? Policy::all() : Policy::quorum(cell_.size - 1);
  options.reconnect.initial = 20ms;
  options.reconnect.cap = 100ms;
  options.recoveryTime = 50ms;
  return options;
}

std::size_t Scene::told(const std::vector<StatusEvent>& all, StatusCode code) const {
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& event) {
    return event.code == code && event.server && event.server->index == faulty_;
  }));
}

bool Scene::waitTold(StatusCode code, std::size_t times) {
  return listener_->events.waitUntil([&](const auto& all) { return told(all, code) >= times; });
}

void Scene::run() {
  pump_ = std::make_unique<Pump>(*array_, faulty_);
  if (cell_.row->means == Means::DiskFull && is(Outcome::Whole)) {
    viewer_ = std::make_unique<Viewer>(server_->url(), nameOf(faulty_));
    ASSERT_TRUE(viewer_->connected);
  }
  if (cell_.row->moment == Moment::Tcp && (alone() || !joinsLater(*cell_.row))) server_->strike();
  connect();
  publish();
  pump_->start();
  ASSERT_TRUE(pump_->waitForMore(kSome));
  watchTheFault();
  ASSERT_TRUE(pump_->waitForMore(kSome));
  frames_ = pump_->stop();
  close();
  checkVerdicts();
  checkNames();
  checkEventsOfOthers();
  checkMemory();
  checkRecordings();
  checkFaultyRecording();
  checkViewer();
}

void Scene::connect() {
  auto servers = entries();
  // Without files nobody can be connected to: the others are there before.
  const bool later = !alone() && joinsLater(*cell_.row);
  if (later) servers.pop_back();
  ASSERT_TRUE(array_->connect(servers, options()));
  const bool fails = alone() && is(Outcome::NotConnected);
  ASSERT_TRUE(listener_->waitFor(fails ? StatusCode::SetupFailed : StatusCode::SetupSuccess));
  const std::size_t up = cell_.size - (is(Outcome::NotConnected) ? 1 : 0);
  ASSERT_TRUE(listener_->waitFor(StatusCode::ConnectSuccess, up));
  if (!later) return;
  server_->strike();
  ASSERT_TRUE(array_->addServer(entries().back()));
  ASSERT_TRUE(waitTold(StatusCode::ConnectFailed, 1));
  server_->repair();  // the servers of this process need files, too
}

void Scene::publish() {
  PublishOptions options;
  options.mode = PublishMode::Record;
  options.publishTimeout = this->options().setupTimeout;
  options.settleTime = 0ms;  // who publishes is in service, for all that is counted here
  ASSERT_TRUE(array_->stream().publish("unused", options));
  const auto sound = [&](const auto& all) {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& event) {
      return event.code == StatusCode::PublishStart && event.server->index != faulty_;
    }));
  };
  ASSERT_TRUE(
      listener_->events.waitUntil([&](const auto& all) { return sound(all) == cell_.size - 1; }));
  if (is(Outcome::Whole)) {
    ASSERT_TRUE(waitTold(StatusCode::PublishStart, 1));
  }
  ASSERT_TRUE(listener_->events.waitUntil([](const auto& all) {
    return std::any_of(all.begin(), all.end(), [](const auto& event) {
      return event.code == StatusCode::StreamPublishSuccess ||
             event.code == StatusCode::StreamPublishFailed;
    });
  }));
}

void Scene::watchTheFault() {
  const Row& row = *cell_.row;
  if (row.means == Means::Node) {
    ASSERT_TRUE(server_->events.waitUntil([](const auto& all) {
      return std::any_of(all.begin(), all.end(),
                         [](const auto& event) { return event.kind == NodeEvent::Kind::Fault; });
    })) << "it never struck";
  }
  if (row.fault == "noAcks") expectNoAcknowledgement();
  if (is(Outcome::Thinned)) {
    ASSERT_TRUE(waitTold(StatusCode::PublishStart, 1));
  }
  for (const StatusCode code : row.codes) ASSERT_TRUE(waitTold(code, 1)) << codeName(code);
  EXPECT_TRUE(listener_->events.waitUntil([&](const auto& all) {
    return row.reason.empty() || std::any_of(all.begin(), all.end(), [&](const auto& event) {
             return event.server && event.server->index == faulty_ &&
                    event.reason.find(row.reason) != std::string::npos;
           });
  })) << row.reason;
  expectReturn();
}

void Scene::expectNoAcknowledgement() {
  ASSERT_TRUE(pump_->waitForMore(kAcknowledged));
  const auto limit = std::chrono::steady_clock::now() + kLimit;
  for (std::size_t i = 0; i < cell_.size; ++i) {
    while (i != faulty_ && array_->statistics().at(i).bytesAcknowledged == 0) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << "server " << i << " is not at fault";
      ASSERT_TRUE(pump_->waitForMore(1));
    }
  }
  EXPECT_EQ(array_->statistics().at(faulty_).bytesAcknowledged, 0U);
}

void Scene::expectReturn() {
  const Row& row = *cell_.row;
  if (row.comesBack == Return::Repaired) server_->repair();
  if (row.comesBack == Return::ByItself || row.comesBack == Return::Repaired) {
    const std::size_t starts = is(Outcome::LostLater) ? 2 : 1;
    ASSERT_TRUE(waitTold(StatusCode::PublishStart, starts));
    returned_ = true;
    if (is(Outcome::LostLater)) {
      ASSERT_TRUE(listener_->waitFor(StatusCode::Recovered));
    }
    return;
  }
  const ServerReport report = array_->servers().at(faulty_);
  if (row.comesBack == Return::Refused) {
    EXPECT_NE(report.state, ServerState::Publishing);
    EXPECT_FALSE(report.nextTry);
  }
  if (row.comesBack == Return::Tried) {
    const StatusCode code = row.codes.back();
    ASSERT_TRUE(waitTold(code, told(listener_->events.all(), code) + 1)) << "not tried again";
  }
}

void Scene::close() {
  const Row& row = *cell_.row;
  const bool blocked = is(Outcome::Unseen) || row.moment == Moment::Close;
  const bool after = row.means == Means::Reset;  // before, it would be a loss
  if (row.moment == Moment::Close && !after) server_->strike();
  const milliseconds pause = pauseOf(row.means);
  const milliseconds drain = blocked && pause == 0ms ? kBlockedDrainLimit : kDrainLimit;
  array_->close(drain);
  if (row.moment == Moment::Close && after) server_->strike();
  if (pause != 0ms) {
    (void)array_->waitClosed(pause);
    server_->repair();
  }
  const auto closed = array_->waitClosed(drain + kClosing);
  EXPECT_TRUE(closed) << closed.error();
  EXPECT_EQ(listener_->count(StatusCode::Closed), 1U);
  if (row.moment == Moment::Close) server_->repair();
}

void Scene::checkVerdicts() {
  const bool connected = !alone() || !is(Outcome::NotConnected);
  const bool published = !alone() || is(Outcome::Whole) || is(Outcome::Thinned) ||
                         is(Outcome::Unseen) || is(Outcome::LostLater);
  EXPECT_EQ(listener_->count(StatusCode::SetupSuccess), connected ? 1U : 0U);
  EXPECT_EQ(listener_->count(StatusCode::SetupFailed), connected ? 0U : 1U);
  if (!is(Outcome::NotConnected)) {
    EXPECT_EQ(listener_->count(StatusCode::StreamPublishSuccess), published ? 1U : 0U);
  }
  EXPECT_EQ(listener_->count(StatusCode::StreamPublishSuccess) +
                listener_->count(StatusCode::StreamPublishFailed),
            1U);
  const std::size_t losses = listener_->count(alone() ? StatusCode::Lost : StatusCode::Degraded);
  EXPECT_EQ(listener_->count(alone() ? StatusCode::Degraded : StatusCode::Lost), 0U);
  if (is(Outcome::NotPublishing) && cell_.row->comesBack != Return::Refused) {
    // Once the others made the verdict, one that never published was never in service.
    EXPECT_LE(losses, 1U);
    EXPECT_TRUE(losses == 1 || !alone());
  } else {
    EXPECT_EQ(losses, is(Outcome::LostLater) ? 1U : 0U);
  }
}

void Scene::checkNames() {
  const auto all = listener_->events.all();
  auto from = all.begin();
  for (const StatusCode code : cell_.row->codes) {
    from = std::find_if(from, all.end(), [&](const StatusEvent& event) {
      return event.code == code && event.server && event.server->index == faulty_;
    });
    ASSERT_NE(from, all.end()) << codeName(code) << " is not there, or too early";
  }
  const std::string name = "server " + std::to_string(faulty_) + " rtmp://";
  for (const StatusEvent& event : all) {
    const bool failed =
        event.code == StatusCode::SetupFailed || event.code == StatusCode::StreamPublishFailed;
    if (failed) {
      EXPECT_NE(event.servers.at(faulty_).reason, "") << event;
    }
    const bool lost = event.code == StatusCode::Lost || event.code == StatusCode::Degraded;
    if (lost) {
      EXPECT_NE(event.reason.find(name), std::string::npos) << event;
    }
  }
}

void Scene::checkEventsOfOthers() {
  for (const StatusEvent& event : listener_->events.all()) {
    if (!event.server || event.server->index == faulty_) continue;
    EXPECT_EQ(event.level, StatusLevel::Status) << event;
  }
}

void Scene::checkMemory() {
  const Pump::Peak peak = pump_->peak();
  EXPECT_LE(peak.queueBytes, kQueueCeiling);
  EXPECT_LE(peak.heap, heapBefore_ + kHeapCeiling + cell_.size * kQueueCeiling);
}

void Scene::checkFaultyRecording() {
  const Row& row = *cell_.row;
  if (row.moment == Moment::Close || row.means == Means::DiskFull) return;
  const std::string path = folder_ + "/faulty/live/" + nameOf(faulty_) + ".flv";
  server_->stop();
  if (returned_ || is(Outcome::Thinned)) {
    expectPlayable(path, frames_);
  } else if (is(Outcome::Whole)) {
    expectWhole(path, frames_);
  }
}

void Scene::checkViewer() {
  if (!viewer_) return;
  ASSERT_TRUE(viewer_->waitForVideo(frames_));
  const auto seen = viewer_->videoFrames();
  ASSERT_EQ(seen.size(), frames_);
  for (std::uint32_t number = 0; number < frames_; ++number) {
    ASSERT_EQ(*seen[number].body, *frame(number).body) << "frame " << number;
  }
}

void Scene::checkRecordings() {
  const auto ended = [&](const auto& all) {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto& event) {
             return event.kind == NodeEvent::Kind::PublishEnded;
           })) == cell_.size - 1;
  };
  ASSERT_TRUE(soundEvents_.waitUntil(ended));
  sound_->stop();
  for (std::size_t i = 0; i < cell_.size; ++i) {
    if (i == faulty_) continue;
    const std::string path = folder_ + "/sound/app" + std::to_string(i) + "/" + nameOf(i) + ".flv";
    expectWhole(path, frames_);
  }
}

}  // namespace multiconnection::test
