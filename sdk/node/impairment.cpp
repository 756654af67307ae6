#include "node/impairment.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace multiconnection::node {
namespace {

using Clock = std::chrono::steady_clock;

/// A slow reader takes what this time is worth at once.
constexpr std::chrono::duration<double> kPortion{0.05};

double portion(std::uint64_t rate) {
  return std::max(1.0, static_cast<double>(rate) * kPortion.count());
}

}  // namespace

/// What the users of the connection hold.
class Impairment::View final : public transport::Connection {
 public:
  explicit View(std::shared_ptr<Impairment> impairment) : impairment_(std::move(impairment)) {}
  ~View() override { impairment_->close(); }

  std::size_t write(std::span<const transport::ConstBuffer> buffers,
                    std::error_code& error) override {
    return impairment_->write(buffers, error);
  }
  std::size_t read(std::span<std::uint8_t> into, std::error_code& error) override {
    return impairment_->read(into, error);
  }
  void waitReadable(std::function<void()> handler) override {
    impairment_->waitReadable(std::move(handler));
  }
  void waitWritable(std::function<void()> handler) override {
    inner().waitWritable(std::move(handler));
  }
  void shutdownWrite() override {
    if (!impairment_->muted_) inner().shutdownWrite();
  }
  void resetOnClose() override { inner().resetOnClose(); }
  std::string peerName() const override { return inner().peerName(); }
  std::optional<std::chrono::microseconds> roundTripTime() override {
    return inner().roundTripTime();
  }
  std::uint64_t writeCalls() const override { return inner().writeCalls(); }

 private:
  transport::Connection& inner() const { return *impairment_->connection_; }
  const std::shared_ptr<Impairment> impairment_;
};

Impairment::Impairment(reactor::Loop& loop, std::unique_ptr<transport::Connection> connection)
    : connection_(std::move(connection)), timer_(loop) {}

std::unique_ptr<transport::Connection> Impairment::connectionOf(
    std::shared_ptr<Impairment> impairment) {
  return std::make_unique<View>(std::move(impairment));
}

void Impairment::setReadRate(std::optional<std::uint64_t> bytesPerSecond) {
  rate_ = bytesPerSecond;
  allowed_ = 0;
  refilled_ = Clock::now();
  waitOn();
}

void Impairment::spoil(const Bytes& bytes) {
  if (connection_ && !muted_) {
    const transport::ConstBuffer whole{bytes.data(), bytes.size()};
    std::error_code ignored;  // who reads from the connection meets it
    connection_->write({&whole, 1}, ignored);
  }
  mute();
}

void Impairment::resetOnClose() {
  if (connection_) connection_->resetOnClose();
}

std::size_t Impairment::read(std::span<std::uint8_t> into, std::error_code& error) {
  if (rate_) {
    refill();
    into = into.first(std::min(into.size(), static_cast<std::size_t>(allowed_)));
    if (into.empty()) return 0;
  }
  const std::size_t count = connection_->read(into, error);
  if (rate_) allowed_ -= static_cast<double>(count);
  return muted_ ? 0 : count;
}

void Impairment::refill() {
  const auto now = Clock::now();
  const std::chrono::duration<double> passed = now - std::exchange(refilled_, now);
  allowed_ = std::min(allowed_ + passed.count() * static_cast<double>(*rate_), portion(*rate_) * 2);
}

std::size_t Impairment::write(std::span<const transport::ConstBuffer> buffers,
                              std::error_code& error) {
  if (!muted_) return connection_->write(buffers, error);
  std::size_t all = 0;
  for (const transport::ConstBuffer& buffer : buffers) all += buffer.size;
  return all;
}

void Impairment::waitReadable(std::function<void()> handler) {
  handler_ = std::move(handler);
  waitOn();
}

void Impairment::waitOn() {
  timer_.cancel();
  if (!connection_) return;
  connection_->waitReadable({});
  if (!handler_ || rate_ == 0U) return;
  if (rate_) {
    refill();
    const double missing = portion(*rate_) - allowed_;
    if (missing > 0) {
      const std::chrono::duration<double> until{missing / static_cast<double>(*rate_)};
      timer_.arm(Clock::now() + std::chrono::ceil<std::chrono::milliseconds>(until),
                 [this] { waitOn(); });
      return;
    }
  }
  connection_->waitReadable([this] {
    if (const auto handler = std::exchange(handler_, {})) handler();
  });
}

void Impairment::close() {
  timer_.cancel();
  handler_ = {};
  connection_.reset();
}

}  // namespace multiconnection::node
