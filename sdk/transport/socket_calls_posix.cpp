#include "transport/socket_calls.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "multiconnection/error.hpp"

namespace multiconnection::transport {
namespace {

// More than a queue of media messages usually holds, and small enough for the stack.
constexpr std::size_t kBuffersPerCall = 256;

std::error_code systemError(int number) { return {number, std::system_category()}; }

bool wouldBlock(int number) { return number == EAGAIN || number == EWOULDBLOCK; }

}  // namespace

NativeSocket openTcp(Family family, std::error_code& error) {
  const int domain = family == Family::Ipv6 ? AF_INET6 : AF_INET;
  const int fd = ::socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) error = systemError(errno);
  return fd;
}

NativeSocket acceptTcp(NativeSocket listener, std::error_code& error) {
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0 && !wouldBlock(errno)) error = systemError(errno);
  return fd;
}

void tuneTcp(NativeSocket socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  limitUnsent(socket, kUnsentLimit);
  detectDeadPeer(socket);
}

SocketPair makeSocketPair(std::error_code& error) {
  std::array<int, 2> ends{kNoSocket, kNoSocket};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0) {
    error = systemError(errno);
    return {kNoSocket, kNoSocket};
  }
  // The system's default may have been set to less than one handshake.
  const int room = 64 * 1024;
  for (const int end : ends) ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {ends[0], ends[1]};
}

NativeSocket duplicate(NativeSocket socket, std::error_code& error) {
  const int fd = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) error = systemError(errno);
  return fd;
}

void closeSocket(NativeSocket socket) {
  if (socket != kNoSocket) ::close(socket);
}

std::size_t sendGathered(NativeSocket socket, std::span<const ConstBuffer> buffers,
                         std::error_code& error) {
  std::array<iovec, kBuffersPerCall> parts;
  const std::size_t count = std::min(buffers.size(), parts.size());
  for (std::size_t i = 0; i < count; ++i) {
    // sendmsg() only reads; its structure has no const.
    parts[i] = {const_cast<std::uint8_t*>(buffers[i].data), buffers[i].size};
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  for (;;) {
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EINTR) continue;
    if (!wouldBlock(errno)) error = systemError(errno);
    return 0;
  }
}

std::size_t receive(NativeSocket socket, std::span<std::uint8_t> into, std::error_code& error) {
  if (into.empty()) return 0;
  for (;;) {
    const ssize_t got = ::recv(socket, into.data(), into.size(), MSG_DONTWAIT);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) {
      error = Errc::Closed;
    } else if (errno == EINTR) {
      continue;
    } else if (!wouldBlock(errno)) {
      error = systemError(errno);
    }
    return 0;
  }
}

void shutdownSend(NativeSocket socket) { ::shutdown(socket, SHUT_WR); }

void discardOnClose(NativeSocket socket) {
  const linger atOnce{1, 0};
  static_cast<void>(setsockopt(socket, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce));
}

bool isExhaustion(const std::error_code& error) {
  return error == systemError(EMFILE) || error == systemError(ENFILE) ||
         error == systemError(ENOBUFS) || error == systemError(ENOMEM);
}

}  // namespace multiconnection::transport
