#pragma once

#include <nettle/arcfour.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace multiconnection::transport {

/// RC4 as RTMPE uses it, at some place of its key stream. A value: a copy goes on by itself.
class StreamCipher {
 public:
  explicit StreamCipher(const arcfour_ctx& context) : context_(context) {}

  /// Encrypts or decrypts, which is the same. `into` may be `from`.
  void apply(std::span<const std::uint8_t> from, std::uint8_t* into) {
    arcfour_crypt(&context_, from.size(), into, from.data());
  }
  void skip(std::size_t bytes);
  /// Back by that many bytes.
  void rewind(std::size_t bytes);

 private:
  arcfour_ctx context_;
};

/// Both directions of one connection, as seen from the client.
struct StreamKeys {
  StreamCipher out;
  StreamCipher in;
};

}  // namespace multiconnection::transport
