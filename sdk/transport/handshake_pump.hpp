#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "transport/handshake_check.hpp"
#include "transport/handshake_flow.hpp"
#include "transport/librtmp_client.hpp"
#include "transport/librtmp_handshake.hpp"

namespace multiconnection::transport {

class HandshakePump;
using LivePumps = std::set<HandshakePump*>;

/// Carries one handshake between librtmp and the server.
class HandshakePump : public std::enable_shared_from_this<HandshakePump> {
 public:
  using Clock = std::chrono::steady_clock;
  /// librtmp's end of the bridge.
  struct Librtmp {
    std::unique_ptr<Connection> connection;
    std::shared_ptr<const LibrtmpVerdict> verdict;
  };

  HandshakePump(boost::asio::io_context& io, std::shared_ptr<LivePumps> live, Connection& server,
                Librtmp librtmp, HandshakeOptions::Kind kind, const HandshakeMask& mask,
                Handshaker::Handler handler);
  ~HandshakePump();
  HandshakePump(const HandshakePump&) = delete;
  HandshakePump& operator=(const HandshakePump&) = delete;

  void start(Clock::time_point deadline);
  /// Lets go of the server's connection and of librtmp.
  void cancel();

 private:
  void run();
  bool runFlow(HandshakeFlow& flow);
  bool onSent(std::span<std::uint8_t> bytes, std::size_t at);
  bool onReceived(std::span<std::uint8_t> bytes, std::size_t at);
  void awaitVerdict();
  void succeedOrFail();
  void onDeadline();
  Error failureOf(const Connection& end, const std::error_code& error) const;
  std::string progress() const;
  std::string prefix() const;
  void feedTheRest();
  void finish(Result<HandshakeOutcome> result);

  std::shared_ptr<LivePumps> live_;
  Connection& server_;
  Librtmp librtmp_;  ///< Its connection is empty: finished or cancelled.
  HandshakeOptions::Kind kind_;
  HandshakeMask mask_;
  HandshakeCheck check_;
  HandshakeFlow out_;
  HandshakeFlow in_;
  std::string problem_;        ///< What the server did wrong.
  std::size_t lastBytes_ = 0;  ///< That librtmp sent behind the handshake.
  Handshaker::Handler handler_;
  Clock::time_point startedAt_;
  boost::asio::steady_timer deadline_;
};

}  // namespace multiconnection::transport
