#pragma once

#include <gtest/gtest.h>

#include <multiconnection/multiconnection.hpp>
#include <multiconnection/node.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

/// What the tests of a whole array share. Waits are for events, with a limit.
namespace multiconnection::test {

constexpr std::chrono::seconds kLimit{30};

/// Values that arrive on other threads, and waiting for them. Copies share what they collect: a
/// slot that holds one may still run when its owner is gone.
template <class T>
class Collector {
 public:
  void add(T value) const {
    const std::lock_guard lock(seen_->mutex);
    seen_->values.push_back(std::move(value));
    seen_->changed.notify_all();
  }
  /// Waits until `enough` holds for what has arrived. @return whether it did within the limit.
  bool waitUntil(const std::function<bool(const std::vector<T>&)>& enough) const {
    std::unique_lock lock(seen_->mutex);
    return seen_->changed.wait_for(lock, kLimit, [&] { return enough(seen_->values); });
  }
  std::vector<T> all() const {
    const std::lock_guard lock(seen_->mutex);
    return seen_->values;
  }

 private:
  struct Seen {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<T> values;
  };
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
};

/// Listens to both signals of an array.
class Listener {
 public:
  explicit Listener(MultiConnection& array)
      : array_(array.onStatus([all = events](const StatusEvent& event) { all.add(event); })),
        server_(
            array.onServerStatus([all = events](const StatusEvent& event) { all.add(event); })) {}

  bool waitFor(StatusCode code, std::size_t times = 1) {
    return events.waitUntil([&](const auto& all) { return countIn(all, code) >= times; });
  }
  std::size_t count(StatusCode code) const { return countIn(events.all(), code); }
  StatusEvent first(StatusCode code) const {
    for (const StatusEvent& event : events.all()) {
      if (event.code == code) return event;
    }
    return {};
  }

  Collector<StatusEvent> events;

 private:
  static std::size_t countIn(const std::vector<StatusEvent>& all, StatusCode code) {
    std::size_t count = 0;
    for (const StatusEvent& event : all) count += event.code == code ? 1 : 0;
    return count;
  }

  boost::signals2::scoped_connection array_;
  boost::signals2::scoped_connection server_;
};

/// A node on a free port.
struct RunningNode {
  RunningNode() : node(options()) { started = static_cast<bool>(node.start()); }
  static NodeOptions options() {
    NodeOptions options;
    options.port = 0;
    return options;
  }
  std::string url(const std::string& app = "live") const {
    return "rtmp://127.0.0.1:" + std::to_string(node.port()) + "/" + app;
  }

  Node node;
  bool started = false;
};

/// A node that can go away and come back at the same address.
class FlappingNode {
 public:
  FlappingNode() {
    start(0);
    port_ = node_->port();
  }
  void start() { start(port_); }
  void stop() { node_.reset(); }
  std::string url() const { return "rtmp://127.0.0.1:" + std::to_string(port_) + "/live"; }
  /// Calls a method of the client that began to publish last.
  void callPublisher(const std::string& method, Node::ReplyHandler onReply) {
    ASSERT_TRUE(node_->call(publisher_, method, {}, std::move(onReply)));
  }

 private:
  void start(std::uint16_t port) {
    NodeOptions options;
    options.port = port;
    options.onEvent = [this](const NodeEvent& event) {
      if (event.kind == NodeEvent::Kind::PublishStarted) publisher_ = event.client;
    };
    node_.emplace(options);
    const auto started = node_->start();
    if (!started) throw std::runtime_error(started.error().message);
  }

  std::optional<Node> node_;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> publisher_ = 0;
};

/// Plays one stream from one server and keeps what came.
class Viewer {
 public:
  Viewer(const std::string& url, const std::string& name) : listener(array_) {
    connected = static_cast<bool>(array_.connect({url})) &&
                listener.waitFor(StatusCode::SetupSuccess) &&
                static_cast<bool>(array_.stream().play(
                    name, [this](const MediaMessage& message) { media.add(message); })) &&
                listener.waitFor(StatusCode::PlayStart);
  }
  bool waitForVideo(std::size_t frames) {
    return media.waitUntil([&](const auto& all) {
      std::size_t count = 0;
      for (const MediaMessage& message : all) count += isVideoFrame(message) ? 1 : 0;
      return count >= frames;
    });
  }
  std::vector<MediaMessage> videoFrames() const {
    std::vector<MediaMessage> frames;
    for (const MediaMessage& message : media.all()) {
      if (isVideoFrame(message)) frames.push_back(message);
    }
    return frames;
  }
  static bool isVideoFrame(const MediaMessage& message) {
    return message.kind == MediaKind::Video && message.body->size() > 5 && (*message.body)[1] == 1;
  }

  Collector<MediaMessage> media;

 private:
  MultiConnection array_;

 public:
  Listener listener;
  bool connected = false;
};

/// Numbered H.264 tag bodies; every tenth a key frame.
inline MediaMessage videoFrame(std::uint32_t number, std::size_t bytes = 1000) {
  Bytes body(bytes, static_cast<std::uint8_t>(number));
  const std::uint8_t start[] = {
      static_cast<std::uint8_t>(number % 10 == 0 ? 0x17 : 0x27), 1, 0, 0, 0, 0, 0, 0, 0, 0x65};
  std::copy(std::begin(start), std::end(start), body.begin());
  for (int i = 0; i < 4; ++i) {
    body[static_cast<std::size_t>(10 + i)] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  }
  return {MediaKind::Video, std::chrono::milliseconds(number * 33),
          std::make_shared<const Bytes>(std::move(body))};
}

inline MediaMessage videoHeader() {
  return {MediaKind::Video, std::chrono::milliseconds(0),
          std::make_shared<const Bytes>(Bytes{0x17, 0, 0, 0, 0, 1, 100, 0, 31, 0xFF, 0xE0, 0})};
}

/// Frames as videoFrame() makes them, each with some sound, until finish().
class EndlessSource final : public PullSource {
 public:
  explicit EndlessSource(std::size_t frameBytes = 1000) : frameBytes_(frameBytes) {}

  Result<std::optional<MediaMessage>> read() override {
    if (interrupted_) return Error{Errc::Closed, "interrupted"};
    const std::uint32_t place = read_;
    if (place >= 2 && place % 2 == 0 && finished_) return std::optional<MediaMessage>();
    ++read_;
    if (place == 0) return std::optional(videoHeader());
    if (place == 1) return std::optional(sound(0, 0));
    const std::uint32_t number = place / 2 - 1;
    return std::optional(place % 2 == 0 ? videoFrame(number, frameBytes_) : sound(1, number));
  }
  Result<void> rewind() override {
    interrupted_ = false;
    read_ = 0;
    return {};
  }
  void interrupt() noexcept override { interrupted_ = true; }

  /// The input ends behind the next frame.
  void finish() { finished_ = true; }
  /// Video frames that were read, once it has ended.
  std::uint32_t frames() const { return read_ / 2 - 1; }

 private:
  static MediaMessage sound(std::uint8_t type, std::uint32_t number) {
    return {MediaKind::Audio, videoFrame(number).timestamp,
            std::make_shared<const Bytes>(Bytes{0xAF, type, 0x12, 0x10})};
  }

  const std::size_t frameBytes_;
  std::atomic<bool> interrupted_ = false;
  std::atomic<bool> finished_ = false;
  std::atomic<std::uint32_t> read_ = 0;
};

/// Pushes frames `from` to `to` (exclusive).
inline void pushFrames(PacketSource& source, std::uint32_t from, std::uint32_t to) {
  for (std::uint32_t number = from; number < to; ++number) {
    ASSERT_TRUE(source.push(videoFrame(number)));
  }
}

inline void expectFrames(const std::vector<MediaMessage>& frames, std::uint32_t from,
                         std::uint32_t to) {
  ASSERT_EQ(frames.size(), to - from);
  for (std::uint32_t number = from; number < to; ++number) {
    EXPECT_EQ(*frames[number - from].body, *videoFrame(number).body) << "frame " << number;
    EXPECT_EQ(frames[number - from].timestamp, videoFrame(number).timestamp) << number;
  }
}

/// Connects and waits for the verdict. @return whether it was Success.
inline bool connectAll(MultiConnection& array, Listener& listener,
                       const std::vector<ServerEntry>& servers,
                       const ConnectOptions& options = {}) {
  return array.connect(servers, options) && listener.waitFor(StatusCode::SetupSuccess);
}

inline bool publishAll(MultiConnection& array, Listener& listener, const std::string& name) {
  return array.stream().publish(name) && listener.waitFor(StatusCode::StreamPublishSuccess);
}

/// Of this process.
inline std::size_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

/// Waits a while for `expected`: the kernel counts a thread for a moment after it was joined, and a
/// handshake's thread ends after its outcome was told.
inline std::size_t threadsOnceThereAre(std::size_t expected) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (threads() != expected && std::chrono::steady_clock::now() < limit) {
    std::this_thread::yield();
  }
  return threads();
}

}  // namespace multiconnection::test
