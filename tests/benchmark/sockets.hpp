#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// What the far ends of the benchmarks have in common.
namespace multiconnection::benchmark {

/// Of the system's calls.
inline void check(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(1);
}

inline sockaddr_in loopback(int port) {
  return {AF_INET, htons(static_cast<std::uint16_t>(port)), {htonl(INADDR_LOOPBACK)}, {}};
}

/// Listens on a free port, and prints which.
inline void listenAndTell(int listener) {
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  check(::bind(listener, generic, length) == 0, "bind");
  check(::listen(listener, 4096) == 0, "listen");
  check(::getsockname(listener, generic, &length) == 0, "getsockname");
  std::printf("{\"port\": %d}\n", ntohs(address.sin_port));
  std::fflush(stdout);
}

inline void watchReadable(int epoll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  check(::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
}

}  // namespace multiconnection::benchmark
