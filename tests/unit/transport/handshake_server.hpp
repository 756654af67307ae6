#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "transport/tcp_listener.hpp"
#include "unit/transport/loop.hpp"

namespace multiconnection::transport {

inline constexpr std::size_t kC1 = 1536;
inline constexpr std::size_t kHandshake = 1 + 2 * kC1;

/// A server of the plain handshake that can be told to misbehave.
class HandshakeServer {
 public:
  struct Script {
    std::uint8_t version = 3;
    std::size_t answerBytes = kHandshake;  ///< Of S0 S1 S2; then nothing more.
    std::size_t step = kHandshake;         ///< Bytes per write.
    std::chrono::milliseconds pause{0};    ///< Between two writes.
    bool closeAfterAnswer = false;
    bool echo = true;  ///< S2 returns C1.
    /// Gets C1 and the answer, before anything of it is sent.
    std::function<void(std::span<const std::uint8_t> c1, std::vector<std::uint8_t>& answer)> edit;
    std::vector<std::uint8_t> extra;  ///< Glued to S2.
    int silentPeers = 0;              ///< The first ones get no answer.
  };

  HandshakeServer(Loop& loop, Script script) : loop_(loop), script_(std::move(script)) {
    auto listener = TcpListener::listen(loop.io, {}, [this](std::unique_ptr<Connection> peer) {
      peers_.push_back(std::make_unique<Peer>(*this, std::move(peer)));
    });
    EXPECT_TRUE(listener) << listener.error();
    listener_ = std::move(*listener);
  }

  std::uint16_t port() const { return listener_->port(); }
  std::size_t peers() const { return peers_.size(); }
  std::size_t answered(std::size_t peer) const { return peers_[peer]->sent; }
  const std::vector<std::uint8_t>& received(std::size_t peer) const {
    return peers_[peer]->received;
  }

  /// S1 as this server sends it.
  static std::vector<std::uint8_t> s1() {
    std::vector<std::uint8_t> bytes(kC1);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
    return bytes;
  }

 private:
  struct Peer {
    Peer(HandshakeServer& owner, std::unique_ptr<Connection> pipe)
        : server(owner),
          silent(owner.script_.silentPeers-- > 0),
          connection(std::move(pipe)),
          timer(owner.loop_.io) {
      listen();
    }

    void listen() {
      connection->waitReadable([this] { onReadable(); });
    }

    void onReadable() {
      std::vector<std::uint8_t> part(4096);
      std::error_code error;
      part.resize(connection->read(part, error));
      received.insert(received.end(), part.begin(), part.end());
      if (error) return;
      listen();
      if (!silent && answer.empty() && received.size() >= 1 + kC1) beginAnswer();
    }

    void beginAnswer() {
      const Script& script = server.script_;
      answer.push_back(script.version);
      const std::vector<std::uint8_t> mine = s1();
      answer.insert(answer.end(), mine.begin(), mine.end());
      if (script.echo) {
        answer.insert(answer.end(), received.begin() + 1, received.begin() + 1 + kC1);
      } else {
        answer.insert(answer.end(), kC1, 0xAA);
      }
      if (script.edit) script.edit(std::span(received).subspan(1, kC1), answer);
      answer.insert(answer.end(), script.extra.begin(), script.extra.end());
      if (script.answerBytes < kHandshake) answer.resize(script.answerBytes);
      send();
    }

    void send() {
      const ConstBuffer part{answer.data() + sent,
                             std::min(server.script_.step, answer.size() - sent)};
      std::error_code error;
      sent += connection->write({&part, 1}, error);
      if (error) return;
      if (sent < answer.size()) {
        timer.expires_after(server.script_.pause);
        timer.async_wait([this](const boost::system::error_code& failure) {
          if (!failure) send();
        });
      } else if (server.script_.closeAfterAnswer) {
        connection.reset();
      }
    }

    HandshakeServer& server;
    bool silent;
    std::unique_ptr<Connection> connection;
    boost::asio::steady_timer timer;
    std::vector<std::uint8_t> received;
    std::vector<std::uint8_t> answer;
    std::size_t sent = 0;
  };

  Loop& loop_;
  Script script_;
  std::unique_ptr<TcpListener> listener_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

}  // namespace multiconnection::transport
