#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "multiconnection/media.hpp"
#include "reactor/loop.hpp"
#include "transport/connection.hpp"

namespace multiconnection::node {

/// What is done to a connection on purpose, beneath those who use it. Loop's thread only.
class Impairment {
 public:
  Impairment(reactor::Loop& loop, std::unique_ptr<transport::Connection> connection);

  /// The connection as it is then; there can be one, whose end closes it.
  static std::unique_ptr<transport::Connection> connectionOf(
      std::shared_ptr<Impairment> impairment);

  /// At most so much is read from now on. 0: nothing; none: as much as comes.
  void setReadRate(std::optional<std::uint64_t> bytesPerSecond);
  /// From now on what comes is forgotten, and what is to be sent too.
  void mute() { muted_ = true; }
  bool muted() const { return muted_; }
  /// Sends bytes past everything that waits; then mute().
  void spoil(const Bytes& bytes);
  void resetOnClose();

 private:
  class View;
  std::size_t read(std::span<std::uint8_t> into, std::error_code& error);
  std::size_t write(std::span<const transport::ConstBuffer> buffers, std::error_code& error);
  void waitReadable(std::function<void()> handler);
  void waitOn();
  void close();
  void refill();

  std::unique_ptr<transport::Connection> connection_;
  reactor::Timer timer_;
  std::function<void()> handler_;  ///< Waits for bytes.
  std::optional<std::uint64_t> rate_;
  double allowed_ = 0;  ///< Bytes that may be read now.
  std::chrono::steady_clock::time_point refilled_{};
  bool muted_ = false;
};

}  // namespace multiconnection::node
