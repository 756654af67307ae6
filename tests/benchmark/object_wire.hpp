#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "amf/amf0.hpp"
#include "rtmp/chunk/chunk_writer.hpp"
#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/command.hpp"
#include "rtmp/message/shared_object.hpp"
#include "sockets.hpp"

/// The bytes that the programs of the shared-object benchmark exchange with a node, and with the
/// floor that stands for it. All messages of a kind are equally long.
namespace multiconnection::benchmark {

inline constexpr char kObject[] = "board";
inline constexpr char kSlot[] = "position";
inline constexpr char kMethod[] = "echo";
inline constexpr char kText[] = "a text of forty bytes, more or less....";
/// Of the slot, one more with each update, so that none is missing unnoticed.
inline constexpr double kFirstValue = 1;

/// What a client of the floor is, told in its first byte; the second is the number of its object.
enum Role : char { kWriter = 'W', kSubscriber = 'S', kCaller = 'C' };

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

inline Bytes wireOf(const rtmp::Message& message) {
  Bytes bytes;
  rtmp::appendChunks(bytes, {message.type, 0, message.streamId}, message.body,
                     rtmp::kCommandChunkStream, rtmp::kInitialChunkSize);
  return bytes;
}

inline Bytes objectWire(rtmp::SharedObjectEventType type, double value = kFirstValue) {
  rtmp::SharedObjectEvent event;
  event.type = type;
  event.name = kSlot;
  event.value = value;
  rtmp::SharedObjectMessage message;
  message.name = kObject;
  message.events.push_back(std::move(event));
  return wireOf(rtmp::makeSharedObject(message));
}
inline Bytes setWire(double value) {
  return objectWire(rtmp::SharedObjectEventType::RequestChange, value);
}

/// Puts the value where objectWire() has it: at the end.
inline void stampValue(Bytes& wire, double value) {
  Bytes number;
  amf::encodeAmf0(number, value);
  std::copy(number.begin(), number.end(), wire.end() - std::ssize(number));
}

inline Bytes callWire() { return wireOf(rtmp::makeCommand({kMethod, 2, nullptr, {kText}})); }
inline Bytes resultWire() { return wireOf(rtmp::makeCommand({"_result", 2, nullptr, {kText}})); }

inline void sendAtOnce(int socket) {
  const int on = 1;
  check(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
}

inline void sendWhole(int socket, const Bytes& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    check(count > 0, "send");
    sent += static_cast<std::size_t>(count);
  }
}

/// As many sockets as the system lets this process have.
inline void allowManySockets() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace multiconnection::benchmark
