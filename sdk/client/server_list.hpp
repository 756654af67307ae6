#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "client/server_config.hpp"

namespace multiconnection::client {

/// The servers that calls can be about: who is in the array as far as the application asked.
class ServerList {
 public:
  /// Gives the entry its id and its index, both never given before (indexes: since clear()).
  void add(ServerConfig& config);
  void remove(ServerId id);
  void clear();
  std::size_t size() const { return known_.size(); }
  /// Whether every server has a stream name of its own.
  bool namedEverywhere() const;

  /// @return the ids, in order of index; Errc::InvalidArgument when none or several fit a selector
  /// that stands for one server, or all() meets an empty array.
  Result<std::vector<ServerId>> resolve(const Server& selector) const;

 private:
  struct Known {
    ServerId id;
    std::size_t index;
    std::string url;
    std::string host;
    std::uint16_t port;
    bool named;
  };
  static bool fits(const Known& server, const Server& selector);

  std::vector<Known> known_;
  ServerId nextId_ = 1;
  std::size_t nextIndex_ = 0;
};

}  // namespace multiconnection::client
