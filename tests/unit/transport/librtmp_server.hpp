#pragma once

#include <librtmp/rtmp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "unit/transport/loop.hpp"
#include "unit/transport/sockets.hpp"

namespace multiconnection::transport {

/// librtmp's own server for one client, in a thread of its own. Each wait in it is bounded.
class LibrtmpServer {
 public:
  using Work = std::function<bool(RTMP& rtmp)>;

  /// @param prepare  may set what the handshake needs.  @param work  runs behind the handshake.
  explicit LibrtmpServer(Work work = {}, Work prepare = {})
      : listener_(listeningSocket(AF_INET)),
        thread_([this, work = std::move(work), prepare = std::move(prepare)] {
          done_.set_value(serve(work, prepare));
        }) {}
  ~LibrtmpServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  LibrtmpServer(const LibrtmpServer&) = delete;
  LibrtmpServer& operator=(const LibrtmpServer&) = delete;

  std::uint16_t port() const { return portOf(listener_); }
  /// Waits for the end. @return whether librtmp took the handshake, and the work was well done.
  bool succeeded() { return done_.get_future().get(); }
  /// C0 and the first bytes of C1.
  const std::vector<std::uint8_t>& hello() const { return hello_; }

 private:
  bool serve(const Work& work, const Work& prepare) {
    RTMP* const rtmp = RTMP_Alloc();
    RTMP_Init(rtmp);
    rtmp->m_sb.sb_socket = ::accept(listener_.get(), nullptr, nullptr);
    const timeval limit{kLimit.count(), 0};
    ::setsockopt(rtmp->m_sb.sb_socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(rtmp->m_sb.sb_socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    hello_.resize(9);
    const auto size = static_cast<ssize_t>(hello_.size());
    const bool greeted =
        ::recv(rtmp->m_sb.sb_socket, hello_.data(), hello_.size(), MSG_PEEK | MSG_WAITALL) == size;
    bool good = greeted && (!prepare || prepare(*rtmp)) && RTMP_Serve(rtmp) != 0;
    good = good && (!work || work(*rtmp));
    RTMP_Close(rtmp);
    RTMP_Free(rtmp);
    return good;
  }

  Fd listener_;
  std::vector<std::uint8_t> hello_;
  std::promise<bool> done_;
  std::thread thread_;
};

}  // namespace multiconnection::transport
