#include "transport/cipher_connection.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "transport/stream_cipher.hpp"

namespace multiconnection::transport {
namespace {

using Bytes = std::vector<std::uint8_t>;

StreamCipher cipher(const Bytes& key) {
  arcfour_ctx context;
  arcfour_set_key(&context, key.size(), key.data());
  return StreamCipher(context);
}

Bytes applied(StreamCipher cipher, Bytes bytes) {
  cipher.apply(bytes, bytes.data());
  return bytes;
}

const Bytes kKey{1, 2, 3, 4, 5};

/// Takes as many bytes of each write as it is told, and gives what it was fed.
class FakePeer final : public Connection {
 public:
  struct State {
    Bytes taken;
    Bytes toRead;
    std::size_t room = SIZE_MAX;
    std::error_code failure;
  };
  explicit FakePeer(State& state) : state_(state) {}

  std::size_t write(std::span<const ConstBuffer> buffers, std::error_code& error) override {
    std::size_t total = 0;
    if (state_.failure) return error = state_.failure, 0;
    for (const ConstBuffer& buffer : buffers) {
      const std::size_t part = std::min(buffer.size, state_.room);
      state_.taken.insert(state_.taken.end(), buffer.data, buffer.data + part);
      state_.room -= part;
      total += part;
    }
    return total;
  }
  std::size_t read(std::span<std::uint8_t> into, std::error_code&) override {
    const std::size_t part = std::min(into.size(), state_.toRead.size());
    std::copy_n(state_.toRead.begin(), part, into.begin());
    state_.toRead.erase(state_.toRead.begin(),
                        state_.toRead.begin() + static_cast<std::ptrdiff_t>(part));
    return part;
  }
  void waitReadable(std::function<void()>) override {}
  void waitWritable(std::function<void()>) override {}
  void shutdownWrite() override {}
  std::string peerName() const override { return "fake"; }
  std::uint64_t writeCalls() const override { return 7; }

 private:
  State& state_;
};

class CipherConnectionTest : public testing::Test {
 protected:
  FakePeer::State peer;
  StreamKeys keys{cipher(kKey), cipher({9, 9})};
  std::unique_ptr<Connection> connection =
      makeCipherConnection(std::make_unique<FakePeer>(peer), keys);
  std::error_code error;
};

// RFC 6229, section 2: key 0x0102030405.
TEST(StreamCipher, IsRc4) {
  EXPECT_EQ(applied(cipher(kKey), Bytes(16)),
            (Bytes{0xB2, 0x39, 0x63, 0x05, 0xF0, 0x3D, 0xC0, 0x27, 0xCC, 0xC3, 0x52, 0x4A, 0x0A,
                   0x11, 0x18, 0xA8}));
  StreamCipher later = cipher(kKey);
  later.skip(4096);
  EXPECT_EQ(applied(later, Bytes(4)), (Bytes{0xFF, 0x25, 0xB5, 0x89}));
}

TEST(StreamCipher, GoesBack) {
  for (const std::size_t bytes : {0u, 1u, 16u, 255u, 256u, 5000u}) {
    StreamCipher there = cipher(kKey);
    there.skip(bytes);
    there.rewind(bytes);
    EXPECT_EQ(applied(there, Bytes(300)), applied(cipher(kKey), Bytes(300))) << bytes;
  }
}

TEST_F(CipherConnectionTest, EncryptsAcrossBuffersAndLeavesThemAlone) {
  const Bytes first{1, 2, 3};
  const Bytes second{4, 5, 6, 7};
  const std::array<ConstBuffer, 3> list{
      {{first.data(), 3}, {second.data(), 0}, {second.data(), 4}}};
  EXPECT_EQ(connection->write(list, error), 7U);
  EXPECT_EQ(peer.taken, applied(keys.out, {1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(first, (Bytes{1, 2, 3}));
  EXPECT_EQ(connection->write({}, error), 0U);
  EXPECT_EQ(connection->writeCalls(), 7U);
}

TEST_F(CipherConnectionTest, LetsOtherBytesTakeThePlaceOfThoseThatDidNotFit) {
  const Bytes first(100, 1);
  const Bytes instead(50, 2);
  const ConstBuffer whole{first.data(), first.size()};
  peer.room = 30;
  EXPECT_EQ(connection->write({&whole, 1}, error), 30U);
  EXPECT_EQ(connection->write({&whole, 1}, error), 0U);
  peer.room = SIZE_MAX;
  const ConstBuffer other{instead.data(), instead.size()};
  EXPECT_EQ(connection->write({&other, 1}, error), 50U);
  Bytes expected(30, 1);
  expected.insert(expected.end(), 50, 2);
  EXPECT_EQ(peer.taken, applied(keys.out, expected));
}

TEST_F(CipherConnectionTest, IsRightWhateverTheSizesAre) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Bytes plain(300000);
  for (std::uint8_t& byte : plain) byte = static_cast<std::uint8_t>(random());
  const Bytes before = plain;
  std::size_t sent = 0;
  while (sent < plain.size()) {
    std::vector<ConstBuffer> list;
    for (std::size_t at = sent; at < plain.size() && list.size() < 5;) {
      const std::size_t size = std::min<std::size_t>(random() % 20000, plain.size() - at);
      list.push_back({plain.data() + at, size});
      at += size;
    }
    peer.room = random() % 3 == 0 ? 0 : random() % 40000;
    sent += connection->write(list, error);
    ASSERT_EQ(sent, peer.taken.size());
  }
  EXPECT_EQ(peer.taken, applied(keys.out, plain));
  EXPECT_EQ(plain, before);

  peer.toRead = applied(keys.in, plain);
  Bytes got;
  while (got.size() < plain.size()) {
    Bytes part(1 + random() % 9000);
    part.resize(connection->read(part, error));
    got.insert(got.end(), part.begin(), part.end());
  }
  EXPECT_EQ(got, plain);
}

TEST_F(CipherConnectionTest, TellsTheErrorOfTheConnectionBelow) {
  peer.failure = std::make_error_code(std::errc::broken_pipe);
  const Bytes bytes(10);
  const ConstBuffer whole{bytes.data(), bytes.size()};
  EXPECT_EQ(connection->write({&whole, 1}, error), 0U);
  EXPECT_EQ(error, std::errc::broken_pipe);
}

}  // namespace
}  // namespace multiconnection::transport
