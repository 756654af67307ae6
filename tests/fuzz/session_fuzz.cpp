// A server that sends any bytes to a session in any state. The first byte says how far the session
// has come when they begin; the others pass through the chunk reader.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "rtmp/chunk/chunk_reader.hpp"
#include "session/session.hpp"

namespace {

using multiconnection::rtmp::ChunkReader;
using multiconnection::rtmp::Message;
using multiconnection::session::Actions;
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
  answer(session, 1, nullptr);
  if (stage % 6 == 2) return;
  const bool publish = stage % 6 == 3 || stage % 6 == 4;
  const auto asked = publish ? session.stream().publish("name", PublishMode::Live, out)
                             : session.stream().play({"name"}, out);
  if (!asked) std::abort();
  if (stage % 6 == 4) answer(session, 4, 1);
  if (stage % 6 == 5) answer(session, 2, 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Session session({"app", "rtmp://h/app", "FMLE/3.0", 65536, 250000});
  bringTo(session, data[0]);
  ChunkReader reader({.maxMessageBytes = 4096, .maxPartialBytes = 8192, .maxChunkStreams = 4});
  bool accepted = true;
  const auto fed = reader.feed(std::span(data + 1, size - 1), [&](Message&& message) {
    if (!accepted) return;
    Actions out;
    accepted = static_cast<bool>(session.onMessage(message, out));
    session.connection().onBytesReceived(reader.bytesRead(), out);
    // One message makes few: else a peer could fill our memory with answers.
    if (out.send.size() > 4 || out.events.size() > 2) std::abort();
  });
  Actions out;
  session.stream().stop(out);
  if (session.stream().state() != NetStream::State::Idle) std::abort();
  static_cast<void>(fed);  // a broken chunk ends the connection, which is all there is to it
  return 0;
}
