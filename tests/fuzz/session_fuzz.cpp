// A server that sends any bytes to a session in any state. The first byte says how far the session
// has come when they begin, and which encoding it asked for; the others pass through the chunk
// reader. After each message its owner does what the message's timestamp picks.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "rtmp/chunk/chunk_reader.hpp"
#include "session/session.hpp"

namespace {

using multiconnection::AmfObject;
using multiconnection::rtmp::ChunkReader;
using multiconnection::rtmp::Encoding;
using multiconnection::rtmp::Message;
using multiconnection::rtmp::MessageType;
using multiconnection::session::Actions;
using multiconnection::session::ConnectParameters;
using multiconnection::session::Event;
using multiconnection::session::NetStream;
using multiconnection::session::PublishMode;
using multiconnection::session::Session;

void answer(Session& session, double transaction, multiconnection::AmfValue value) {
  Actions out;
  const auto done = session.onMessage(
      multiconnection::rtmp::makeCommand({"_result", transaction, nullptr, {std::move(value)}}),
      out);
  if (!done) std::abort();
}

void bringTo(Session& session, std::uint8_t stage) {
  Actions out;
  if (stage % 6 == 0) return;
  session.connection().open(out);
  if (stage % 6 == 1) return;
  answer(session, 1, AmfObject{{"objectEncoding", 3}});
  if (stage % 6 == 2) return;
  const bool publish = stage % 6 == 3 || stage % 6 == 4;
  const auto asked = publish ? session.stream().publish("name", PublishMode::Live, out)
                             : session.stream().play({"name"}, out);
  if (!asked) std::abort();
  if (stage % 6 == 4) answer(session, 4, 1);
  if (stage % 6 == 5) answer(session, 2, 1);
}

/// What an owner may do at any time; the session says no where it makes no sense.
void ownerActs(Session& session, std::uint32_t choice) {
  Actions out;
  NetStream& stream = session.stream();
  const std::chrono::milliseconds time(choice);
  const auto acts = [&]() -> multiconnection::Result<void> {
    switch (choice % 16) {
      case 1:
        return stream.publish("other", PublishMode::Record, out);
      case 2:
        return stream.play({"other", 1, 2, true}, out);
      case 3:
        return stream.pause(choice % 32 < 16, time, out);
      case 4:
        return stream.seek(time, out);
      case 5:
        return stream.play2({"other"}, out);
      case 6:
        return stream.setBufferLength(time, out);
      case 7:
        stream.closeStream(out);
        return {};
      case 8:
        stream.stop(out);
        return {};
      case 9:
        static_cast<void>(session.connection().startCall("method", {choice}, out));
        return {};
      default:
        return {};
    }
  };
  if (!acts() && !out.send.empty()) std::abort();  // what was refused changed nothing
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  ConnectParameters parameters{"app", "rtmp://h/app", "FMLE/3.0"};
  if (data[0] >= 128) parameters.objectEncoding = Encoding::Amf3;
  Session session(parameters);
  session.connection().setHandledMethods({"call"});
  bringTo(session, data[0]);
  ChunkReader reader({.maxMessageBytes = 4096, .maxPartialBytes = 8192, .maxChunkStreams = 4});
  bool accepted = true;
  const auto fed = reader.feed(std::span(data + 1, size - 1), [&](Message&& message) {
    if (!accepted) return;
    Actions out;
    accepted = static_cast<bool>(session.onMessage(message, out));
    session.connection().onBytesReceived(reader.bytesRead(), out);
    // One message makes few: else a peer could fill our memory with answers. Of an aggregate each
    // part takes 11 bytes at least.
    const std::size_t parts =
        message.type == MessageType::Aggregate ? message.body.size() / 11 + 1 : 2;
    if (out.send.size() > 4 || out.events.size() > parts) std::abort();
    for (const Event& event : out.events) {
      if (event.kind != Event::Kind::CallReceived) continue;
      session.connection().answerCall(event.call.transaction, true, event.call.method, out);
    }
    ownerActs(session, message.timestamp);
  });
  Actions out;
  session.stream().stop(out);
  if (session.stream().state() != NetStream::State::Idle) std::abort();
  static_cast<void>(fed);  // a broken chunk ends the connection, which is all there is to it
  return 0;
}
