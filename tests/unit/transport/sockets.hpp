#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace multiconnection::transport {

/// A plain descriptor, closed at the end of the test.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  void reset() { Fd().swap(*this); }

 private:
  void swap(Fd& other) { std::swap(fd_, other.fd_); }
  int fd_;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

inline Address loopback(int family, std::uint16_t port) {
  Address address;
  if (family == AF_INET6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    v6->sin6_addr = in6addr_loopback;
    address.size = sizeof(sockaddr_in6);
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.size = sizeof(sockaddr_in);
  }
  return address;
}

inline Fd boundSocket(int family, int type, std::uint16_t port = 0) {
  Fd fd(::socket(family, type | SOCK_CLOEXEC, 0));
  const Address address = loopback(family, port);
  if (family == AF_INET6) {
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (::bind(fd.get(), address.get(), address.size) != 0) return Fd();
  return fd;
}

inline Fd listeningSocket(int family, std::uint16_t port = 0, int backlog = 16) {
  Fd fd = boundSocket(family, SOCK_STREAM, port);
  if (fd.get() >= 0 && ::listen(fd.get(), backlog) != 0) return Fd();
  return fd;
}

inline std::uint16_t portOf(const Fd& fd) {
  Address address;
  if (::getsockname(fd.get(), address.get(), &address.size) != 0) return 0;
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

/// Listens, but its queue is full: the SYNs of further clients get no answer.
class FullBacklog {
 public:
  explicit FullBacklog(int family, std::uint16_t port = 0)
      : listener_(listeningSocket(family, port, 0)) {
    const Address address = loopback(family, this->port());
    for (int i = 0; i < 4; ++i) {
      fillers_.emplace_back(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      ::connect(fillers_.back().get(), address.get(), address.size);
    }
  }
  std::uint16_t port() const { return portOf(listener_); }

 private:
  Fd listener_;
  std::vector<Fd> fillers_;
};

/// A port that nobody listens on, and that nobody else gets meanwhile.
class RefusedPort {
 public:
  explicit RefusedPort(int family, std::uint16_t port = 0)
      : socket_(boundSocket(family, SOCK_STREAM, port)) {}
  std::uint16_t port() const { return portOf(socket_); }

 private:
  Fd socket_;
};

}  // namespace multiconnection::transport
