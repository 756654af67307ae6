#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "multiconnection/error.hpp"
#include "transport/operation.hpp"

namespace boost::asio {
class io_context;
}

namespace multiconnection::transport {

struct ResolverOptions {
  /// "127.0.0.1:5353,[::1]:53"; empty: those of the system.
  std::string servers;
  /// Look into the system's hosts file before asking a server.
  bool hostsFile = true;
  /// Until a question is sent again; doubles each round.
  std::chrono::milliseconds retryAfter{1000};
};

/// Turns host names into addresses without blocking the reactor. A name whose server never answers
/// delays neither another name nor the shutdown. Reactor thread only.
class Resolver {
 public:
  /// Addresses in text form ("192.0.2.1", "fe80::1%eth0"), IPv6 and IPv4 by turns, IPv6 first.
  using Addresses = std::vector<std::string>;
  using Handler = std::function<void(Result<Addresses>)>;

  /// `io` must outlive the resolver and its operations.
  explicit Resolver(boost::asio::io_context& io, ResolverOptions options = {});
  ~Resolver();  ///< Operations that still run end by their deadlines.

  /// Looks `host` up; a numeric address is its own answer. One handler call follows: at least one
  /// address, or Errc::TimedOut, Errc::Refused (there is no such name, or no address for it),
  /// Errc::InvalidArgument (cannot be a name).
  std::unique_ptr<Operation> lookup(const std::string& host,
                                    std::chrono::steady_clock::time_point deadline,
                                    Handler handler);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection::transport
