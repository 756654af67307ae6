#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "multiconnection/error.hpp"
#include "transport/resolver.hpp"
#include "transport/socket_calls.hpp"

namespace multiconnection::transport {

/// One c-ares channel whose sockets and timer live in the reactor. It reads the system's DNS
/// configuration once, when it is opened. Destroying it drops its questions; answers are never
/// given after that.
class DnsChannel {
 public:
  /// The addresses of one family, at least one, or why there are none. May be called inside ask().
  using Answer = std::function<void(Result<Resolver::Addresses>)>;

  virtual ~DnsChannel();
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;

  static Result<std::shared_ptr<DnsChannel>> open(boost::asio::io_context& io,
                                                  const ResolverOptions& options);

  /// What the hosts file says; empty when nothing.
  virtual Resolver::Addresses lookInHostsFile(const std::string& host, Family family) = 0;

  virtual void ask(const std::string& host, Family family, Answer answer) = 0;

 protected:
  DnsChannel() = default;
};

}  // namespace multiconnection::transport
