// What is told of a server in figures.
#include "client/server_slot.hpp"

namespace multiconnection::client {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

ServerStatistics ServerSlot::statistics(Clock::time_point now) const {
  ServerStatistics figures = finalCounters_;
  const ServerReport seen = report();
  figures.id = seen.id;
  figures.index = seen.index;
  figures.url = seen.url;
  figures.state = seen.state;
  figures.inState = duration_cast<milliseconds>(now - state_.since());
  figures.code = seen.code;
  figures.codeText = seen.codeText;
  figures.reason = seen.reason;
  figures.troubledFor = seen.troubledFor;
  figures.nextTry = seen.nextTry;
  figures.backup = seen.backup;
  figures.standby = running_ && failover_ && failover_->hasStandby();
  if (wasOpened()) figures.elapsed = duration_cast<milliseconds>(now - opened_);
  if (connected_) {
    const auto& capabilities = driver_->session().connection().capabilities();
    figures.enhanced = capabilities.enhanced;
    figures.codecs = capabilities.codecs(session::ServerCapabilities::Support::Yes);
    figures.refusedCodecs = capabilities.codecs(session::ServerCapabilities::Support::No);
    figures.amf3 = capabilities.objectEncoding == rtmp::Encoding::Amf3;
  }
  if (driver_ && driver_->link() != nullptr) {
    addCounters(figures);
    if (running_) addQueue(figures);  // else what waited is gone with the connection
  }
  const auto bitrate = [this](std::chrono::seconds window) {
    return static_cast<std::uint64_t>(meter_.rate(window) * 8);
  };
  if (running_) figures.bitrateBps = bitrate(1s);
  figures.bitrate10sBps = bitrate(10s);
  figures.bitrate60sBps = bitrate(60s);
  return figures;
}

void ServerSlot::addCounters(ServerStatistics& into) const {
  const reactor::RtmpLink& link = *driver_->link();
  into.bytesSent += link.bytesSent();
  into.bytesReceived += link.bytesReceived();
  into.bytesAcknowledged += driver_->session().connection().bytesAcknowledged();
  into.audioMessages += link.outbox().sent().audio;
  into.videoMessages += link.outbox().sent().video;
  into.dataMessages += link.outbox().sent().data;
  into.droppedAudio += link.outbox().dropped().audio;
  into.droppedVideo += link.outbox().dropped().video;
}

void ServerSlot::addQueue(ServerStatistics& into) const {
  reactor::RtmpLink& link = *driver_->link();
  into.roundTripTime = link.roundTripTime();
  into.queueBytes = link.outbox().queueBytes();
  into.queueTime = link.outbox().queueTime();
  into.lag = link.outbox().lag();
}

}  // namespace multiconnection::client
