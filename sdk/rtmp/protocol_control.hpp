#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "rtmp/message/message.hpp"
#include "rtmp/message/outgoing.hpp"
#include "rtmp/message/user_control.hpp"

namespace multiconnection::rtmp {

/// One end's duties towards the protocol's own messages, client or server alike: it acknowledges
/// what it received, answers pings and bandwidth limits, and counts the peer's acknowledgements.
class ProtocolControl {
 public:
  /// Asks the peer to acknowledge after every `bytes`.
  void announceWindow(std::uint32_t bytes, std::vector<Outgoing>& out);
  /// What a question for the SWF file (user control event 26) is answered with; such a question
  /// gets no answer otherwise.
  void setSwfVerification(const SwfVerification& response) { swfVerification_ = response; }
  /// Takes protocol control and user control messages. @return whether it was one.
  bool onMessage(const Message& message, std::vector<Outgoing>& out);
  /// `total` bytes came in since the handshake: sends the Acknowledgement when it is due.
  void onBytesReceived(std::uint64_t total, std::vector<Outgoing>& out);

  /// Bytes that the peer has acknowledged, continued beyond 2^32; 0 = it never did.
  std::uint64_t bytesAcknowledged() const { return acknowledged_; }
  /// The last event about a stream since the last call: its end, drought, recording or buffer.
  std::optional<UserControl> takeStreamEvent() { return std::exchange(streamEvent_, std::nullopt); }

 private:
  void onUserControl(const Message& message, std::vector<Outgoing>& out);
  void onAcknowledgement(std::uint32_t low);
  void onPeerBandwidth(const Message& message, std::vector<Outgoing>& out);

  std::uint32_t windowAckSize_ = 0;     ///< Asked of us; 0 = never asked.
  std::uint32_t announcedWindow_ = 0;   ///< The last one we sent.
  std::uint32_t peerBandwidth_ = 0;     ///< The last limit the peer set; 0 = none.
  std::uint64_t lastAcknowledged_ = 0;  ///< Bytes received when we last acknowledged.
  std::uint64_t acknowledged_ = 0;
  std::optional<UserControl> streamEvent_;
  std::optional<SwfVerification> swfVerification_;
};

}  // namespace multiconnection::rtmp
