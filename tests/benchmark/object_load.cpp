// Raw clients of a node, or of the floor that stands for it, in one process with one epoll.
//
// Usage: object_load updates node|floor PORT SUBSCRIBERS
//          One writer sets a slot again and again, as fast as all subscribers get it. Prints
//          {"ready": 1}; after a line on standard input that it measures; after a second one what
//          came in between, and once everything has come, how much that was.
//        object_load latency PORT OBJECTS COUNT
//          Of the floor: from writing to OBJECTS objects until a subscriber of each has it.
//        object_load calls PORT COUNT
//          Of the floor: calls, some of which are under way at any time.

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "object_figures.hpp"
#include "object_wire.hpp"
#include "rtmp/chunk/chunk_reader.hpp"

namespace {

using namespace multiconnection::benchmark;
using multiconnection::AmfObject;
using multiconnection::Bytes;
namespace rtmp = multiconnection::rtmp;

constexpr std::uint64_t kWindow = 32;  ///< Updates that the subscribers may lag behind.

/// What came.
struct Received {
  std::uint64_t updates = 0;  ///< Of the slot, told to others or accepted.
  std::uint64_t answers = 0;  ///< Commands.
  std::uint64_t bytes = 0;
};

class Peer {
 public:
  Peer(int port, Received& received)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), received_(received) {
    const sockaddr_in address = loopback(port);
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    check(::connect(socket_, generic, sizeof address) == 0, "connect");
    sendAtOnce(socket_);
  }
  ~Peer() { ::close(socket_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void greetFloor(Role role, std::size_t object = 0) {
    sendWhole(socket_, {static_cast<std::uint8_t>(role), static_cast<std::uint8_t>(object)});
  }

  /// Handshake, connect and use, each waited for.
  void greetNode() {
    Bytes bytes(1 + 1536, 0);
    bytes[0] = 3;
    sendWhole(socket_, bytes);
    Bytes answer(1 + 2 * 1536);
    check(::recv(socket_, answer.data(), answer.size(), MSG_WAITALL) == std::ssize(answer),
          "handshake");
    sendWhole(socket_, Bytes(answer.begin() + 1, answer.begin() + 1 + 1536));
    const AmfObject object{{"app", "app0"}, {"tcUrl", "rtmp://127.0.0.1/app0"}};
    sendWhole(socket_, wireOf(rtmp::makeCommand({"connect", 1, object, {}})));
    rtmp::SharedObjectMessage use;
    use.name = kObject;
    use.events.emplace_back();
    sendWhole(socket_, wireOf(rtmp::makeSharedObject(use)));
    while (!used_) receive(0);
  }

  void receive(int flags = MSG_DONTWAIT) {
    static std::array<std::uint8_t, 65536> buffer;
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), flags);
    check(count > 0, "receive");
    received_.bytes += static_cast<std::uint64_t>(count);
    const auto read = reader_.feed({buffer.data(), static_cast<std::size_t>(count)},
                                   [this](const rtmp::Message& message) { onMessage(message); });
    if (!read) fail(read.error().message);
  }

  void send(const Bytes& bytes) { sendWhole(socket_, bytes); }
  int socket() const { return socket_; }

 private:
  void onMessage(const rtmp::Message& message) {
    if (message.type == rtmp::MessageType::CommandAmf0) ++received_.answers;
    if (message.type != rtmp::MessageType::SharedObjectAmf0) return;
    const auto object = rtmp::parseSharedObject(message);
    if (!object || object->name != kObject) fail("a message about something else");
    for (const auto& event : object->events) onEvent(event);
  }

  void onEvent(const rtmp::SharedObjectEvent& event) {
    using Type = rtmp::SharedObjectEventType;
    used_ = used_ || event.type == Type::UseSuccess;
    if (event.type == Type::UseSuccess || event.type == Type::Clear) return;
    const bool told = event.type == Type::Change;
    if (event.name != kSlot || (!told && event.type != Type::Success)) fail("another event");
    if (told && event.value != multiconnection::AmfValue(++value_)) fail("a value out of turn");
    ++received_.updates;
  }

  const int socket_;
  Received& received_;
  bool used_ = false;
  double value_ = kFirstValue - 1;  ///< The last one told.
  rtmp::ChunkReader reader_;
};

/// Peers, and an epoll that watches them.
class Peers {
 public:
  Peer& add(int port, Received& received) {
    return *all_.emplace_back(std::make_unique<Peer>(port, received));
  }
  /// Reads from all of them from now on.
  void watch() {
    for (const auto& peer : all_) watch(peer->socket(), peer.get());
  }
  void watchInput() { watch(STDIN_FILENO, nullptr); }
  /// @return whether standard input has something.
  bool wait() {
    std::array<epoll_event, 256> events;
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
    bool input = false;
    for (int i = 0; i < count; ++i) {
      auto* const peer = static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (peer != nullptr) {
        peer->receive();
      } else {
        input = true;
      }
    }
    return input;
  }

 private:
  void watch(int descriptor, Peer* peer) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = peer;
    check(::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
  }

  const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Peer>> all_;
};

/// Updates to one object, of which `window` are under way.
class Updates {
 public:
  Updates(bool floor, int port, std::size_t subscribers)
      : subscribers_(subscribers), writer_(peers_.add(port, accepted_)) {
    greet(writer_, floor, kWriter);
    for (std::size_t i = 0; i < subscribers; ++i) {
      greet(peers_.add(port, received_), floor, kSubscriber);
    }
    peers_.watch();
    peers_.watchInput();
    accepted_ = received_ = {};
  }

  void run() {
    std::puts("{\"ready\": 1}");
    std::fflush(stdout);
    writeUntilTold();
    const Received before = received_;
    writeUntilTold();
    print(received_.updates - before.updates, received_.bytes - before.bytes);
    while (accepted_.updates < sent_ || received_.updates < sent_ * subscribers_) peers_.wait();
    print(received_.updates, received_.bytes);
  }

 private:
  static void greet(Peer& peer, bool floor, Role role) {
    if (floor) {
      peer.greetFloor(role);
    } else {
      peer.greetNode();
    }
  }

  void writeUntilTold() {
    do {
      write();
    } while (!peers_.wait());
    char line[64];
    check(::read(STDIN_FILENO, line, sizeof line) > 0, "standard input");
  }

  void print(std::uint64_t updates, std::uint64_t bytes) const {
    std::printf("{\"sent\": %llu, \"delivered\": %llu, \"bytes\": %llu}\n",
                static_cast<unsigned long long>(sent_), static_cast<unsigned long long>(updates),
                static_cast<unsigned long long>(bytes));
    std::fflush(stdout);
  }

  void write() {
    Bytes together;
    while (sent_ - accepted_.updates < kWindow &&
           sent_ * subscribers_ < received_.updates + kWindow * subscribers_) {
      const Bytes one = setWire(kFirstValue + static_cast<double>(sent_++));
      together.insert(together.end(), one.begin(), one.end());
    }
    if (!together.empty()) writer_.send(together);
  }

  const std::size_t subscribers_;
  Received accepted_;
  Received received_;
  Peers peers_;
  Peer& writer_;
  std::uint64_t sent_ = 0;
};

int latency(int port, std::size_t objects, std::size_t count) {
  Received accepted;
  Received received;
  Peers peers;
  std::vector<Peer*> writers;
  for (std::size_t i = 0; i < objects; ++i) {
    peers.add(port, received).greetFloor(kSubscriber, i);
    writers.push_back(&peers.add(port, accepted));
    writers.back()->greetFloor(kWriter, i);
  }
  peers.watch();
  Latencies latencies;
  const Watch watch;
  for (std::size_t round = 0; round < count; ++round) {
    received = accepted = {};
    const Bytes bytes = setWire(kFirstValue + static_cast<double>(round));
    const auto start = Clock::now();
    for (Peer* writer : writers) writer->send(bytes);
    while (received.updates < objects) peers.wait();
    latencies.add(Clock::now() - start);
    while (accepted.updates < objects) peers.wait();
  }
  latencies.print(watch);
  return 0;
}

int calls(int port, std::size_t count) {
  Received received;
  Peers peers;
  Peer& caller = peers.add(port, received);
  caller.greetFloor(kCaller);
  peers.watch();
  const Bytes one = callWire();
  const Watch watch;
  for (std::uint64_t sent = 0; received.answers < count;) {
    Bytes together;
    for (; sent < count && sent - received.answers < kCallWindow; ++sent) {
      together.insert(together.end(), one.begin(), one.end());
    }
    if (!together.empty()) caller.send(together);
    peers.wait();
  }
  printCalls(count, watch);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  allowManySockets();
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  const auto number = [&](std::size_t place) { return std::atoi(argv[place + 1]); };
  const auto size = [&](std::size_t place) { return static_cast<std::size_t>(number(place)); };
  if (words.size() == 4 && words[0] == "updates") {
    Updates(words[1] == "floor", number(2), size(3)).run();
    return 0;
  }
  if (words.size() == 4 && words[0] == "latency") return latency(number(1), size(2), size(3));
  if (words.size() == 3 && words[0] == "calls") return calls(number(1), size(2));
  return 2;
}
