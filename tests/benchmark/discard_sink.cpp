// An RTMP server that takes any number of publishers, answers as little as they need, and throws
// away what they send: the far end of every candidate of the fan-out benchmark.
//
// Usage: discard_sink [CHUNK_SIZE]      CHUNK_SIZE: announced to every publisher; 0 (default): none
// Prints {"port": N}; then one line of counters, since the line before, for every line it reads.
// Ends with its standard input.

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "rtmp/chunk/chunk_reader.hpp"
#include "rtmp/chunk/chunk_writer.hpp"
#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/command.hpp"
#include "rtmp/message/control.hpp"
#include "sockets.hpp"

namespace {

namespace mc = multiconnection;
using namespace mc::benchmark;
namespace rtmp = multiconnection::rtmp;
using Clock = std::chrono::steady_clock;

// Streams are not watched but emptied all at once: a watched socket would wake this process at
// every message, and the wake-up would be paid by the publisher whose cost is to be measured.
constexpr std::chrono::milliseconds kTick{5};
// Several key frames: the publisher never waits for the tick.
constexpr int kReceiveBuffer = 4 << 20;
constexpr std::size_t kC1 = 1536;
constexpr std::size_t kHandshake = 1 + 2 * kC1;

class Publisher {
 public:
  Publisher(int socket, std::uint32_t chunkSize) : socket_(socket), chunkSize_(chunkSize) {}
  ~Publisher() { ::close(socket_); }
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  bool streaming() const { return streaming_; }
  int socket() const { return socket_; }
  /// Media bytes since the last call.
  std::uint64_t takeBytes() {
    const std::uint64_t since = bytes_ - taken_;
    taken_ = bytes_;
    return since;
  }

  /// Reads and answers what comes before the media. @return false: the connection is over.
  bool onReadable() {
    std::array<std::uint8_t, 16384> buffer;
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) return count < 0 && errno == EAGAIN;
    std::span<const std::uint8_t> bytes(buffer.data(), static_cast<std::size_t>(count));
    if (handshake_.size() < kHandshake) bytes = shakeHands(bytes);
    return static_cast<bool>(reader_.feed(bytes, [this](auto&& m) { onMessage(m); }));
  }

  /// Throws away what waits. @return false: the connection is over.
  bool discard() {
    // MSG_TRUNC: the kernel drops the bytes instead of copying them.
    const ssize_t count = ::recv(socket_, nullptr, 1U << 30, MSG_TRUNC | MSG_DONTWAIT);
    if (count <= 0) return count < 0 && errno == EAGAIN;
    bytes_ += static_cast<std::uint64_t>(count);
    if (window_ != 0 && bytes_ - acknowledged_ >= window_) {
      acknowledged_ = bytes_;
      send(rtmp::makeAcknowledgement(bytes_), rtmp::kControlChunkStream);
    }
    return true;
  }

 private:
  std::span<const std::uint8_t> shakeHands(std::span<const std::uint8_t> bytes) {
    const std::size_t before = handshake_.size();
    const std::size_t taken = std::min(kHandshake - before, bytes.size());
    handshake_.insert(handshake_.end(), bytes.begin(),
                      bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    if (before < 1 + kC1 && handshake_.size() >= 1 + kC1) {
      mc::Bytes answer(1 + kC1, 0);
      answer[0] = 3;
      answer.insert(answer.end(), handshake_.begin() + 1, handshake_.begin() + 1 + kC1);
      write(answer);
    }
    return bytes.subspan(taken);
  }

  void onMessage(const rtmp::Message& message) {
    if (message.type == rtmp::MessageType::WindowAckSize) {
      if (const auto window = rtmp::parseU32(message)) window_ = *window;
      return;
    }
    if (message.type != rtmp::MessageType::CommandAmf0) return;
    const auto command = rtmp::parseCommand(message);
    if (command) answer(*command, message.streamId);
  }

  void answer(const rtmp::Command& command, std::uint32_t streamId) {
    const auto info = [](const char* code) {
      return mc::AmfObject{{"level", "status"}, {"code", code}, {"description", "-"}};
    };
    if (command.name == "connect") {
      if (chunkSize_ != 0) send(rtmp::makeSetChunkSize(chunkSize_), rtmp::kControlChunkStream);
      reply({"_result", command.transactionId, nullptr, {info("NetConnection.Connect.Success")}});
    } else if (command.name == "createStream") {
      reply({"_result", command.transactionId, nullptr, {1}});
    } else if (command.name == "publish") {
      reply({"onStatus", 0, nullptr, {info("NetStream.Publish.Start")}}, streamId);
      streaming_ = true;
    }
  }

  void reply(const rtmp::Command& command, std::uint32_t streamId = 0) {
    send(rtmp::makeCommand(command, streamId), rtmp::kCommandChunkStream);
  }

  void send(const rtmp::Message& message, std::uint32_t chunkStream) {
    mc::Bytes bytes;
    const std::uint32_t size = chunkSize_ != 0 ? chunkSize_ : rtmp::kInitialChunkSize;
    rtmp::appendChunks(bytes, {message.type, 0, message.streamId}, message.body, chunkStream, size);
    write(bytes);
  }

  void write(const mc::Bytes& bytes) {
    check(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(bytes.size()) ||
              errno == ECONNRESET || errno == EPIPE,
          "answer");
  }

  const int socket_;
  const std::uint32_t chunkSize_;
  mc::Bytes handshake_;
  rtmp::ChunkReader reader_;
  bool streaming_ = false;
  std::uint32_t window_ = 0;  ///< Bytes after which the publisher wants an acknowledgement.
  std::uint64_t bytes_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t acknowledged_ = 0;
};

class Sink {
 public:
  explicit Sink(std::uint32_t chunkSize) : chunkSize_(chunkSize) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    // Beyond the system's limit where this process may; accepted sockets inherit it.
    if (::setsockopt(listener_, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof(int)) != 0) {
      ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof(int));
    }
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    watchReadable(epoll_, listener_);
    watchReadable(epoll_, STDIN_FILENO);
    listenAndTell(listener_);
  }

  void run() {
    Clock::time_point next = Clock::now();
    while (!ended_) {
      std::array<epoll_event, 64> events;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
      const int wait = streams_.empty() ? -1 : std::max(0, static_cast<int>(left.count()));
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), wait);
      for (int i = 0; i < count; ++i) onEvent(events[static_cast<std::size_t>(i)].data.fd);
      if (Clock::now() < next) continue;
      std::erase_if(streams_, [](const auto& publisher) { return !publisher->discard(); });
      next = Clock::now() + kTick;
    }
  }

 private:
  void onEvent(int descriptor) {
    if (descriptor == listener_) return acceptAll();
    if (descriptor == STDIN_FILENO) return report();
    auto& publisher = opening_.at(descriptor);
    const bool open = publisher->onReadable();
    if (open && !publisher->streaming()) return;
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
    if (open) streams_.push_back(std::move(publisher));
    opening_.erase(descriptor);
  }

  void acceptAll() {
    while (true) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      watchReadable(epoll_, socket);
      opening_.emplace(socket, std::make_unique<Publisher>(socket, chunkSize_));
    }
  }

  void report() {
    char line[64];
    ended_ = ::read(STDIN_FILENO, line, sizeof line) <= 0;
    if (ended_) return;
    std::uint64_t all = 0;
    std::uint64_t least = streams_.empty() ? 0 : UINT64_MAX;
    for (const auto& publisher : streams_) {
      const std::uint64_t bytes = publisher->takeBytes();
      all += bytes;
      least = std::min(least, bytes);
    }
    std::printf("{\"publishers\": %zu, \"bytes\": %llu, \"least\": %llu}\n", streams_.size(),
                static_cast<unsigned long long>(all), static_cast<unsigned long long>(least));
    std::fflush(stdout);
  }

  const std::uint32_t chunkSize_;
  int listener_ = -1;
  int epoll_ = -1;
  bool ended_ = false;
  std::unordered_map<int, std::unique_ptr<Publisher>> opening_;
  std::vector<std::unique_ptr<Publisher>> streams_;
};

}  // namespace

int main(int argc, char** argv) {
  Sink(argc > 1 ? static_cast<std::uint32_t>(std::atoi(argv[1])) : 0).run();
  return 0;
}
