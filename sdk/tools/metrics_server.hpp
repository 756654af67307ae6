#pragma once

#include <functional>
#include <memory>
#include <string>

#include "multiconnection/error.hpp"
#include "tools/option_values.hpp"

namespace multiconnection::tools {

/// Answers `GET /metrics` over HTTP, on a thread of its own. One request per connection, of at most
/// 8 KiB and 5 s; of more than 16 connections the oldest is ended.
class MetricsServer {
 public:
  /// Listens from now on; who connects waits for start().
  /// @return an error that names the address if it cannot be listened on.
  static Result<std::unique_ptr<MetricsServer>> listen(const ListenAddress& address);
  /// Afterwards `page` is not called any more.
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  /// What is listened on, with the port also where it was left open which.
  ListenAddress address() const;
  /// Once. @param page  gives the text of each answer, on the server's thread.
  void start(std::function<std::string()> page);

 private:
  class Impl;
  explicit MetricsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection::tools
