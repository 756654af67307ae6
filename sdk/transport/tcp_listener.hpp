#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "multiconnection/error.hpp"
#include "transport/connection.hpp"

namespace boost::asio {
class io_context;
}

namespace multiconnection::transport {

struct ListenTarget {
  std::string address = "127.0.0.1";  ///< Numeric; "::" takes IPv6 only, not both families.
  std::uint16_t port = 0;             ///< 0: any free one.
  int backlog = 511;
};

/// Accepts TCP connections. Out of file descriptors it pauses for a moment and tries again; the
/// peers wait in the backlog meanwhile. Reactor thread only.
class TcpListener {
 public:
  using AcceptHandler = std::function<void(std::unique_ptr<Connection>)>;

  virtual ~TcpListener();  ///< Closes the port; the handler is not called any more.
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  /// Listens at once; `handler` may destroy the listener. Errors name the address: Errc::
  /// InvalidArgument when it is not numeric, else the system's own code (address in use).
  static Result<std::unique_ptr<TcpListener>> listen(boost::asio::io_context& io,
                                                     const ListenTarget& target,
                                                     AcceptHandler handler);

  virtual std::uint16_t port() const = 0;
  virtual std::string name() const = 0;  ///< "127.0.0.1:1935"

 protected:
  TcpListener() = default;
};

}  // namespace multiconnection::transport
