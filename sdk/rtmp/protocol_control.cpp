#include "rtmp/protocol_control.hpp"

#include "rtmp/chunk_streams.hpp"
#include "rtmp/message/control.hpp"

namespace multiconnection::rtmp {
namespace {

void send(Message message, std::vector<Outgoing>& out) {
  out.push_back({std::move(message), kControlChunkStream});
}

}  // namespace

void ProtocolControl::announceWindow(std::uint32_t bytes, std::vector<Outgoing>& out) {
  announcedWindow_ = bytes;
  send(makeWindowAckSize(bytes), out);
}

bool ProtocolControl::onMessage(const Message& message, std::vector<Outgoing>& out) {
  switch (message.type) {
    case MessageType::SetChunkSize:
    case MessageType::Abort:
      return true;  // the chunk reader has obeyed
    case MessageType::Acknowledgement:
      if (const auto low = parseU32(message)) onAcknowledgement(*low);
      return true;
    case MessageType::UserControl:
      onUserControl(message, out);
      return true;
    case MessageType::WindowAckSize:
      if (const auto size = parseU32(message)) windowAckSize_ = *size;
      return true;
    case MessageType::SetPeerBandwidth:
      onPeerBandwidth(message, out);
      return true;
    default:
      return false;
  }
}

void ProtocolControl::onUserControl(const Message& message, std::vector<Outgoing>& out) {
  const auto control = parseUserControl(message);
  if (!control) return;  // a malformed event is an unknown one: ignored
  switch (control->event) {
    case UserControlEvent::SwfVerifyRequest:
      if (swfVerification_) {
        send(makeUserControl({UserControlEvent::SwfVerifyResponse, {}, {}, *swfVerification_}),
             out);
      }
      break;
    case UserControlEvent::PingRequest:
      send(makeUserControl({UserControlEvent::PingResponse, control->value}), out);
      break;
    case UserControlEvent::StreamEof:
    case UserControlEvent::StreamDry:
    case UserControlEvent::StreamIsRecorded:
    case UserControlEvent::BufferEmpty:
    case UserControlEvent::BufferReady:
      streamEvent_ = *control;
      break;
    default:
      break;
  }
}

void ProtocolControl::onAcknowledgement(std::uint32_t low) {
  // The count is a 32-bit circle; half of it lies behind: a peer that counts back is not believed.
  const auto step = static_cast<std::uint32_t>(low - static_cast<std::uint32_t>(acknowledged_));
  if (step <= 0x7FFFFFFF) acknowledged_ += step;
}

void ProtocolControl::onPeerBandwidth(const Message& message, std::vector<Outgoing>& out) {
  const auto bandwidth = parsePeerBandwidth(message);
  if (!bandwidth || bandwidth->windowBytes == peerBandwidth_) return;
  peerBandwidth_ = bandwidth->windowBytes;
  // A limit above our window is kept already; a wider window would only make the peer's
  // acknowledgements rarer.
  const bool obey = bandwidth->limit == BandwidthLimit::Hard || announcedWindow_ == 0 ||
                    bandwidth->windowBytes < announcedWindow_;
  announceWindow(obey ? bandwidth->windowBytes : announcedWindow_, out);
}

void ProtocolControl::onBytesReceived(std::uint64_t total, std::vector<Outgoing>& out) {
  if (windowAckSize_ == 0 || total - lastAcknowledged_ < windowAckSize_) return;
  lastAcknowledged_ = total;
  send(makeAcknowledgement(total), out);
}

}  // namespace multiconnection::rtmp
