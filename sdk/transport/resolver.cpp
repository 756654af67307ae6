#include "transport/resolver.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "transport/dns_channel.hpp"

namespace multiconnection::transport {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Addresses = Resolver::Addresses;

// After the first family has answered: some name servers never answer for the other one. Longer
// than RFC 8305's 50 ms, because what comes later is not waited for again.
constexpr std::chrono::milliseconds kOtherFamilyGrace{200};

// A channel knows the DNS configuration of the moment it was opened. Names that start together
// share one; a computer that moved to another network gets a new one.
constexpr std::chrono::seconds kChannelAge{5};

constexpr std::size_t kLongestName = 255;  // RFC 1035, section 2.3.4

// RFC 6761, section 6.3: these names never leave the computer.
bool isLocalhost(const std::string& host) {
  static const std::string name = "localhost";
  if (host == name || host == name + '.') return true;
  const std::string suffix = '.' + name;
  return host.size() > suffix.size() &&
         host.compare(host.size() - suffix.size(), suffix.size(), suffix) == 0;
}

Addresses byTurns(const Addresses& first, const Addresses& second) {
  Addresses all;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) all.push_back(first[i]);
    if (i < second.size()) all.push_back(second[i]);
  }
  return all;
}

}  // namespace

class Resolver::Impl {
 public:
  Impl(asio::io_context& context, ResolverOptions settings)
      : io(context), options(std::move(settings)) {}

  Result<std::shared_ptr<DnsChannel>> channel() {
    const auto now = Clock::now();
    if (!channel_ || now - openedAt_ > kChannelAge) {
      auto opened = DnsChannel::open(io, options);
      if (!opened) return opened;
      channel_ = std::move(*opened);
      openedAt_ = now;
    }
    return channel_;
  }

  asio::io_context& io;
  const ResolverOptions options;

 private:
  std::shared_ptr<DnsChannel> channel_;
  Clock::time_point openedAt_;
};

namespace {

class Lookup : public std::enable_shared_from_this<Lookup> {
 public:
  Lookup(asio::io_context& io, std::string host, Resolver::Handler handler)
      : io_(io), host_(std::move(host)), handler_(std::move(handler)), deadline_(io), grace_(io) {}

  void expireAt(Clock::time_point deadline) {
    deadline_.expires_at(deadline);
    deadline_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error) self->timeOut();
    });
  }

  /// The known answer, given from the reactor.
  void answer(Result<Addresses> result) {
    asio::post(io_, [weak = weak_from_this(), result = std::move(result)]() mutable {
      const auto self = weak.lock();
      if (self) self->finish(std::move(result));
    });
  }

  void ask(std::shared_ptr<DnsChannel> channel) {
    channel_ = std::move(channel);
    ask(Family::Ipv6, ipv6_);
    ask(Family::Ipv4, ipv4_);
  }

  void cancel() {
    handler_ = nullptr;
    deadline_.cancel();
    grace_.cancel();
    channel_.reset();
  }

 private:
  void ask(Family family, Addresses& into) {
    // The member lives as long as the object that the callback has locked.
    channel_->ask(host_, family, [weak = weak_from_this(), &into](Result<Addresses> result) {
      const auto self = weak.lock();
      if (self && self->handler_) self->onAnswer(into, std::move(result));
    });
  }

  void onAnswer(Addresses& into, Result<Addresses> result) {
    ++answers_;
    if (result) {
      into = std::move(*result);
    } else if (!failure_.code || failure_.code == Errc::Refused) {
      failure_ = result.error();
    }
    if (answers_ == 2) return answer(verdict());
    if (into.empty()) return;
    grace_.expires_after(kOtherFamilyGrace);
    grace_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error) self->finish(self->verdict());
    });
  }

  Result<Addresses> verdict() const {
    Addresses all = byTurns(ipv6_, ipv4_);
    if (!all.empty()) return all;
    return Error(failure_.code, "no address for \"" + host_ + "\": " + failure_.message);
  }

  void timeOut() {
    // One family alone is better than nothing.
    if (!ipv6_.empty() || !ipv4_.empty()) return finish(verdict());
    finish(Error(Errc::TimedOut,
                 "no address for \"" + host_ + "\" in time: no answer from the name server"));
  }

  void finish(Result<Addresses> result) {
    const Resolver::Handler handler = std::move(handler_);
    cancel();
    if (handler) handler(std::move(result));
  }

  asio::io_context& io_;
  std::string host_;
  Resolver::Handler handler_;
  asio::steady_timer deadline_;
  asio::steady_timer grace_;
  std::shared_ptr<DnsChannel> channel_;
  Addresses ipv6_;
  Addresses ipv4_;
  Error failure_;
  int answers_ = 0;
};

class LookupOperation final : public Operation {
 public:
  explicit LookupOperation(std::shared_ptr<Lookup> lookup) : lookup_(std::move(lookup)) {}
  ~LookupOperation() override { lookup_->cancel(); }

 private:
  std::shared_ptr<Lookup> lookup_;
};

}  // namespace

Resolver::Resolver(asio::io_context& io, ResolverOptions options)
    : impl_(std::make_unique<Impl>(io, std::move(options))) {}

Resolver::~Resolver() = default;

std::unique_ptr<Operation> Resolver::lookup(const std::string& host,
                                            std::chrono::steady_clock::time_point deadline,
                                            Handler handler) {
  auto lookup = std::make_shared<Lookup>(impl_->io, host, std::move(handler));
  auto operation = std::make_unique<LookupOperation>(lookup);
  lookup->expireAt(deadline);

  boost::system::error_code notNumeric;
  (void)asio::ip::make_address(host, notNumeric);
  if (!notNumeric) {
    lookup->answer(Addresses{host});
    return operation;
  }
  if (host.empty() || host.size() > kLongestName || host.find('\0') != std::string::npos) {
    lookup->answer(Error(Errc::InvalidArgument, "\"" + host + "\" cannot be a host name"));
    return operation;
  }
  if (isLocalhost(host)) {
    lookup->answer(Addresses{"::1", "127.0.0.1"});
    return operation;
  }
  auto channel = impl_->channel();
  if (!channel) {
    lookup->answer(channel.error());
    return operation;
  }
  if (impl_->options.hostsFile) {
    Addresses known = byTurns((*channel)->lookInHostsFile(host, Family::Ipv6),
                              (*channel)->lookInHostsFile(host, Family::Ipv4));
    if (!known.empty()) {
      lookup->answer(std::move(known));
      return operation;
    }
  }
  lookup->ask(std::move(*channel));
  return operation;
}

}  // namespace multiconnection::transport
