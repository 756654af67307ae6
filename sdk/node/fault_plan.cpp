#include "node/fault_plan.hpp"

namespace multiconnection::node {
namespace {

bool isFor(const NodeFault& fault, NodeFault::Moment moment, const std::string& streamName) {
  return fault.moment == moment && (fault.streamName.empty() || fault.streamName == streamName);
}

}  // namespace

FaultPlan::FaultPlan(std::vector<NodeFault> faults) {
  for (NodeFault& fault : faults) {
    const std::uint32_t seed = fault.seed;
    entries_.push_back({std::move(fault), std::minstd_rand(seed)});
  }
}

bool FaultPlan::strikes(Entry& entry) {
  const NodeFault& fault = entry.fault;
  if (++entry.occasions % fault.every != 0) return false;
  if (fault.times != 0 && entry.strikes == fault.times) return false;
  // The same numbers on every platform, which the distributions of the library do not promise.
  const double number = static_cast<double>(entry.random() - std::minstd_rand::min()) /
                        (std::minstd_rand::max() - std::minstd_rand::min() + 1.0);
  if (number >= fault.chance) return false;
  ++entry.strikes;
  return true;
}

std::vector<NodeFault> FaultPlan::at(NodeFault::Moment moment, const std::string& streamName) {
  std::vector<NodeFault> struck;
  for (Entry& entry : entries_) {
    if (isFor(entry.fault, moment, streamName) && strikes(entry)) struck.push_back(entry.fault);
  }
  return struck;
}

std::vector<NodeFault> FaultPlan::onMedia(Media& media, std::size_t bytes,
                                          std::uint32_t milliseconds) {
  ++media.messages;
  media.bytes += bytes;
  if (!media.begin) media.begin = milliseconds;
  // Tracks may be a little apart: what lies before the first message is no time at all.
  const auto passed = static_cast<std::int32_t>(milliseconds - *media.begin);
  std::vector<NodeFault> struck;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const NodeFault& fault = entries_[i].fault;
    if (!isFor(fault, NodeFault::Moment::Media, media.streamName)) continue;
    if (media.messages < fault.messages || media.bytes < fault.bytes ||
        std::chrono::milliseconds(passed) < fault.time) {
      continue;
    }
    if (media.reached.insert(i).second && strikes(entries_[i])) struck.push_back(fault);
  }
  return struck;
}

void FaultPlan::hold(const Name& name, Time now, std::chrono::milliseconds pause) {
  // Names may be made up: those that nobody asks for again are not kept.
  std::erase_if(held_, [now](const auto& held) { return held.second <= now; });
  held_[name] = now + pause;
}

bool FaultPlan::isHeld(const Name& name, Time now) {
  const auto found = held_.find(name);
  if (found == held_.end()) return false;
  if (now < found->second) return true;
  held_.erase(found);
  return false;
}

}  // namespace multiconnection::node
