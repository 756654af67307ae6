#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "multiconnection/error.hpp"
#include "multiconnection/media.hpp"
#include "transport/connection.hpp"

namespace multiconnection::reactor {

/// What a scripted connection is to do, and what was done to it. Outlives the connection.
struct Wire {
  std::deque<Bytes> incoming;  ///< One entry per read().
  std::error_code readError;   ///< Told when nothing is left to read.
  std::error_code writeError;
  std::size_t room = SIZE_MAX;  ///< Bytes that write() still takes.
  Bytes written;
  std::vector<std::size_t> writes;  ///< Buffers of each write().
  std::size_t reads = 0;
  bool shutDown = false;
  bool closed = false;
  std::function<void()> readable;
  std::function<void()> writable;

  void fireReadable() {
    if (auto handler = std::exchange(readable, nullptr)) handler();
  }
  void fireWritable() {
    if (auto handler = std::exchange(writable, nullptr)) handler();
  }
};

/// A connection without a socket.
class FakePipe final : public transport::Connection {
 public:
  explicit FakePipe(Wire& wire) : wire_(wire) {}
  ~FakePipe() override {
    wire_.closed = true;
    wire_.readable = wire_.writable = nullptr;
  }

  std::size_t write(std::span<const transport::ConstBuffer> buffers,
                    std::error_code& error) override {
    wire_.writes.push_back(buffers.size());
    error = wire_.writeError;
    std::size_t taken = 0;
    for (const transport::ConstBuffer& buffer : buffers) {
      if (error) break;
      const std::size_t count = std::min(buffer.size, wire_.room);
      const auto* bytes = static_cast<const std::uint8_t*>(buffer.data);
      wire_.written.insert(wire_.written.end(), bytes, bytes + count);
      wire_.room -= count;
      taken += count;
      if (count < buffer.size) break;
    }
    return taken;
  }
  std::size_t read(std::span<std::uint8_t> into, std::error_code& error) override {
    ++wire_.reads;
    error.clear();
    if (wire_.incoming.empty()) {
      error = wire_.readError;
      return 0;
    }
    Bytes& next = wire_.incoming.front();
    const std::size_t count = std::min(into.size(), next.size());
    std::copy_n(next.begin(), count, into.begin());
    next.erase(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(count));
    if (next.empty()) wire_.incoming.pop_front();
    return count;
  }
  void waitReadable(std::function<void()> handler) override { wire_.readable = std::move(handler); }
  void waitWritable(std::function<void()> handler) override { wire_.writable = std::move(handler); }
  void shutdownWrite() override { wire_.shutDown = true; }
  std::string peerName() const override { return "fake:1935"; }
  std::uint64_t writeCalls() const override { return wire_.writes.size(); }

 private:
  Wire& wire_;
};

}  // namespace multiconnection::reactor
