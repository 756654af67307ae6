#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/node_faults.hpp"

namespace multiconnection::node {

/// Which of a node's faults strike when. Decisions only.
class FaultPlan {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Name = std::pair<std::string, std::string>;  ///< App and stream.

  explicit FaultPlan(std::vector<NodeFault> faults);

  /// A client reached `moment`, any but Media. @return what strikes, in the order of the options.
  std::vector<NodeFault> at(NodeFault::Moment moment, const std::string& streamName = "");

  /// The media of one publishing.
  struct Media {
    std::string streamName;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::optional<std::uint32_t> begin{};  ///< Milliseconds.
    std::set<std::size_t> reached{};       ///< The faults whose moment was there already.
  };
  /// One more message of it came.
  std::vector<NodeFault> onMedia(Media& media, std::size_t bytes, std::uint32_t milliseconds);

  /// The name is in use although nobody publishes it.
  void hold(const Name& name, Time now, std::chrono::milliseconds pause);
  bool isHeld(const Name& name, Time now);

 private:
  struct Entry {
    NodeFault fault;
    std::minstd_rand random;
    std::uint64_t occasions = 0;
    std::uint64_t strikes = 0;
  };
  static bool strikes(Entry& entry);

  std::vector<Entry> entries_;
  std::map<Name, Time> held_;
};

}  // namespace multiconnection::node
