#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "node/client.hpp"
#include "node/fault_plan.hpp"
#include "node/impairment.hpp"

namespace multiconnection::node {

/// Carries out at one client what the node's plan of faults says.
class Client::Faults {
 public:
  Faults(Client& client, FaultPlan& plan);

  /// The connection of which the faults have hold.
  std::unique_ptr<transport::Connection> impair(std::unique_ptr<transport::Connection> connection);
  // Each goes on at once, later, or never.
  void onAccept(std::function<void()> goOn);
  void onHandshake(std::function<void()> goOn);
  void onMessage(rtmp::Message&& message);
  bool acknowledges() const { return acknowledges_; }
  /// The connection is over, while the client's streams are still there.
  void onEnd();

 private:
  using Moment = NodeFault::Moment;
  struct Media {
    std::uint64_t serial = 0;  ///< Of the part.
    FaultPlan::Media media{};
  };

  std::vector<NodeFault> struckBy(const rtmp::Message& message);
  std::vector<NodeFault> struckByMedia(const rtmp::Message& message);
  std::vector<NodeFault> struckByObject(const rtmp::Message& message);
  /// @param message  what brought it; null before there are messages.
  void meet(std::vector<NodeFault> struck, std::shared_ptr<const rtmp::Message> message,
            std::function<void()> goOn);
  void meetNow(const std::vector<NodeFault>& struck, const rtmp::Message* message,
               const std::function<void()>& goOn);
  /// @return whether to go on.
  bool carryOut(const NodeFault& fault, const rtmp::Message* message);
  void answer(const NodeFault& fault, const rtmp::Message& message);
  void delay(std::chrono::milliseconds pause, std::function<void()> then);
  void stall(std::chrono::milliseconds pause);
  void setReading();

  Client& client_;
  FaultPlan& plan_;
  std::shared_ptr<Impairment> impairment_;
  reactor::Timer delayTimer_;
  reactor::Timer stallTimer_;
  bool shaken_ = false;
  bool delaying_ = false;
  bool stalled_ = false;
  bool acknowledges_ = true;
  std::optional<std::uint64_t> drip_{};  ///< Bytes per second.
  std::vector<rtmp::Message> held_;      ///< What was read already when the delay began.
  std::map<std::uint32_t, Media> media_;
  std::map<std::uint32_t, std::chrono::milliseconds> ghosts_;  ///< By message stream id.
};

}  // namespace multiconnection::node
