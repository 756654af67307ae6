#include "transport/cipher_connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "transport/stream_cipher.hpp"

namespace multiconnection::transport {
namespace {

/// Encrypted at a time, on the stack.
constexpr std::size_t kPortionBytes = 16 * 1024;

class CipherConnection final : public Connection {
 public:
  CipherConnection(std::unique_ptr<Connection> connection, const StreamKeys& keys)
      : connection_(std::move(connection)), keys_(keys) {}

  std::size_t write(std::span<const ConstBuffer> buffers, std::error_code& error) override {
    std::size_t total = 0;
    Place place{buffers, 0};
    for (;;) {
      std::array<std::uint8_t, kPortionBytes> portion;
      StreamCipher ahead = keys_.out;
      const std::size_t size = encrypt(place, ahead, portion);
      const ConstBuffer part{portion.data(), size};
      const std::size_t taken = connection_->write({&part, size > 0 ? 1U : 0U}, error);
      total += taken;
      if (taken == size) {
        keys_.out = ahead;
        if (size == portion.size()) continue;
      } else {
        keys_.out.skip(taken);
      }
      // Bytes that are on their way already are told first; the error comes back by itself.
      if (total > 0) error.clear();
      return total;
    }
  }

  std::size_t read(std::span<std::uint8_t> into, std::error_code& error) override {
    const std::size_t got = connection_->read(into, error);
    keys_.in.apply(into.first(got), into.data());
    return got;
  }

  void waitReadable(std::function<void()> handler) override {
    connection_->waitReadable(std::move(handler));
  }
  void waitWritable(std::function<void()> handler) override {
    connection_->waitWritable(std::move(handler));
  }
  void shutdownWrite() override { connection_->shutdownWrite(); }
  void resetOnClose() override { connection_->resetOnClose(); }
  std::string peerName() const override { return connection_->peerName(); }
  std::optional<std::chrono::microseconds> roundTripTime() override {
    return connection_->roundTripTime();
  }
  std::uint64_t writeCalls() const override { return connection_->writeCalls(); }

 private:
  struct Place {
    std::span<const ConstBuffer> buffers;
    std::size_t offset;  ///< In the first of them.
  };

  /// As much from `place` on as fits. @return how many bytes.
  static std::size_t encrypt(Place& place, StreamCipher& cipher, std::span<std::uint8_t> into) {
    std::size_t size = 0;
    while (!place.buffers.empty() && size < into.size()) {
      const ConstBuffer& buffer = place.buffers.front();
      const std::size_t part = std::min(buffer.size - place.offset, into.size() - size);
      cipher.apply({buffer.data + place.offset, part}, into.data() + size);
      size += part;
      place.offset += part;
      if (place.offset == buffer.size) place = {place.buffers.subspan(1), 0};
    }
    return size;
  }

  std::unique_ptr<Connection> connection_;
  StreamKeys keys_;
};

}  // namespace

std::unique_ptr<Connection> makeCipherConnection(std::unique_ptr<Connection> connection,
                                                 const StreamKeys& keys) {
  return std::make_unique<CipherConnection>(std::move(connection), keys);
}

}  // namespace multiconnection::transport
