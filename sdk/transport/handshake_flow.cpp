#include "transport/handshake_flow.hpp"

#include <algorithm>
#include <utility>

namespace multiconnection::transport {
namespace {

constexpr std::size_t kRandomOffset = 8;  // Behind the time and the zero of C1 and S1.

}  // namespace

HandshakeMask::HandshakeMask(std::mt19937_64& random) {
  for (std::uint8_t& byte : bytes_) byte = static_cast<std::uint8_t>(random());
}

void HandshakeMask::apply(std::span<std::uint8_t> bytes, std::size_t at, std::size_t packet) const {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t place = at + i;
    if (place < packet + kRandomOffset || place >= packet + kHandshakePacketBytes) continue;
    bytes[i] ^= bytes_[(place - packet) % bytes_.size()];
  }
}

HandshakeFlow::HandshakeFlow(Connection& from, Connection& to, bool whole, Seen seen)
    : from_(from), to_(to), whole_(whole), seen_(std::move(seen)) {}

std::size_t HandshakeFlow::readLimit() const {
  if (!whole_) return kHandshakeBytes;
  return written_ < kFirstFlightBytes ? kFirstFlightBytes : kHandshakeBytes;
}

HandshakeFlow::Step HandshakeFlow::step(std::error_code& error) {
  const bool held = whole_ && read_ < readLimit();
  if (begin_ == end_ || held) {
    if (written_ == kHandshakeBytes) return Step::Complete;
    return readMore(error);
  }
  const ConstBuffer rest{buffer_.data() + begin_, end_ - begin_};
  const std::size_t taken = to_.write({&rest, 1}, error);
  if (error) return Step::WriteFailed;
  begin_ += taken;
  written_ += taken;
  if (begin_ == end_) begin_ = end_ = 0;
  return taken > 0 ? Step::Moved : Step::WaitWritable;
}

HandshakeFlow::Step HandshakeFlow::readMore(std::error_code& error) {
  const std::size_t wanted = std::min(buffer_.size() - end_, readLimit() - read_);
  const std::size_t got = from_.read({buffer_.data() + end_, wanted}, error);
  if (error) return Step::ReadFailed;
  if (got == 0) return Step::WaitReadable;
  const std::span<std::uint8_t> bytes(buffer_.data() + end_, got);
  end_ += got;
  read_ += got;
  return seen_(bytes, read_ - got) ? Step::Moved : Step::Refused;
}

void HandshakeFlow::stop() {
  from_.waitReadable(nullptr);
  to_.waitWritable(nullptr);
}

}  // namespace multiconnection::transport
