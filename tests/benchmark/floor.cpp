// The floor: what it costs to send a clip's prepared bytes to N servers, one send() per message and
// server, and nothing else. The messages are the SDK's own, chunked once before the start.
// Usage: floor CLIP.flv PORT SERVERS
// Publishes the clip again and again by its timestamps. SIGUSR1: prints counters; SIGTERM: ends.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "flv/metadata.hpp"
#include "multiconnection/source.hpp"
#include "outbox/shared_frame.hpp"
#include "rtmp/chunk/chunk_writer.hpp"
#include "rtmp/message/command.hpp"
#include "rtmp/message/control.hpp"

namespace {

namespace mc = multiconnection;
namespace rtmp = multiconnection::rtmp;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::uint32_t kChunkSize = 65536;
constexpr milliseconds kBetweenRounds{33};
struct Prepared {
  milliseconds time;
  bool once;  ///< Metadata and sequence headers: not in later rounds.
  mc::Bytes wire;
};

unsigned long sends = 0;  ///< Set-up included: two per server.
unsigned long messages = 0;
[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

void sendWhole(int socket, const mc::Bytes& bytes) {
  ++sends;
  if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) != std::ssize(bytes)) fail("send");
}

std::vector<Prepared> prepare(const char* path) {
  std::vector<Prepared> all;
  for (const auto file = mc::FileSource::open(path); file;) {
    const auto read = (*file)->read();
    if (!read || !*read) break;
    mc::MediaMessage message = **read;
    if (mc::flv::isMetadata(*message.body)) {
      message.body = std::make_shared<mc::Bytes>(mc::flv::withSetDataFrame(*message.body));
    }
    mc::outbox::SharedFrame frame(message);
    all.push_back({message.timestamp, frame.isHeader(), *frame.wire({kChunkSize, 1})});
  }
  if (all.empty()) fail(path);
  return all;
}

int connectAndPublish(int port, const std::string& name) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in address{
      AF_INET, htons(static_cast<std::uint16_t>(port)), {htonl(INADDR_LOOPBACK)}, {}};
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket, generic, sizeof address) != 0) fail("connect");
  mc::Bytes bytes(1 + 1536, 0);
  bytes[0] = 3;
  sendWhole(socket, bytes);
  mc::Bytes answer(1 + 2 * 1536);
  if (::recv(socket, answer.data(), answer.size(), MSG_WAITALL) < 3073) fail("handshake");
  bytes.assign(answer.begin() + 1, answer.begin() + 1 + 1536);  // C2 is a copy of S1
  const auto add = [&](const rtmp::Message& message) {
    rtmp::appendChunks(bytes, {message.type, 0, message.streamId}, message.body, 3, kChunkSize);
  };
  add(rtmp::makeSetChunkSize(kChunkSize));
  add(rtmp::makeCommand({"connect", 1, mc::AmfObject{{"app", "live"}}, {}}));
  add(rtmp::makeCommand({"createStream", 2, nullptr, {}}));
  add(rtmp::makeCommand({"publish", 3, nullptr, {name, "live"}}, 1));
  sendWhole(socket, bytes);
  for (std::string replies; replies.find("NetStream.Publish.Start") == std::string::npos;) {
    const ssize_t count = ::recv(socket, answer.data(), answer.size(), 0);
    if (count <= 0) fail("publish");
    replies.append(answer.begin(), answer.begin() + count);
  }
  return socket;
}

/// The chunk header's timestamp: 24 bits, four hours and a half.
void stamp(mc::Bytes& wire, milliseconds time) {
  for (std::size_t i = 1; i <= 3; ++i) {
    wire[i] = static_cast<std::uint8_t>(time.count() >> (24 - 8 * i));
  }
}

void print() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  std::printf("{\"sends\": %lu, \"messages\": %lu, \"cpu_us\": %ld}\n", sends, messages,
              used.tv_sec * 1'000'000 + used.tv_nsec / 1000);
  std::fflush(stdout);
}

/// Waits for the time; ends the program at SIGTERM.
void waitUntil(Clock::time_point due, const sigset_t& signals) {
  for (int number = 0; number >= 0;) {
    const auto left = std::max((due - Clock::now()).count(), Clock::rep{0});
    const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
    number = ::sigtimedwait(&signals, nullptr, &timeout);
    if (number >= 0) print();
    if (number == SIGTERM) std::exit(0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  sigset_t signals{};
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);

  std::vector<Prepared> clip = prepare(argv[1]);
  std::vector<int> servers;
  for (int i = 0; i < std::atoi(argv[3]); ++i) {
    servers.push_back(connectAndPublish(std::atoi(argv[2]), std::to_string(i)));
  }
  const Clock::time_point start = Clock::now();
  for (milliseconds shift{0};; shift += clip.back().time + kBetweenRounds) {
    for (Prepared& message : clip) {
      if (message.once && shift.count() != 0) continue;
      stamp(message.wire, shift + message.time);
      waitUntil(start + shift + message.time, signals);
      for (const int server : servers) sendWhole(server, message.wire);
      ++messages;
    }
  }
}
