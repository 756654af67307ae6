#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "multiconnection/node.hpp"

namespace multiconnection::tools {

/// What a node tells of its clients, counted. Any thread.
class NodeFigures {
 public:
  void count(const NodeEvent& event);
  /// In Prometheus' text format 0.0.4: families named multiconn_node_*.
  std::string text() const;

 private:
  static constexpr std::size_t kKinds =
      static_cast<std::size_t>(NodeEvent::Kind::SharedObjectFailed) + 1;
  /// Client and stream of what goes on. An end may be told of what never began.
  using Running = std::multiset<std::pair<std::uint64_t, std::string>>;

  mutable std::mutex mutex_;
  std::array<std::uint64_t, kKinds> events_{};  ///< By kind.
  Running clients_;                             ///< Without a stream.
  Running publishers_;
  Running players_;
  Running recordings_;
  std::map<std::pair<std::string, std::string>, std::size_t> objects_;  ///< App, name -> users.
};

}  // namespace multiconnection::tools
