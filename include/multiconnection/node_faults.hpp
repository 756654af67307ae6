#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"

namespace multiconnection {

/// Something that a Node does wrong on purpose, and when: for trying out what an application does
/// when a server is in trouble. See NodeOptions::faults; docs/testing-with-faults.md shows it.
struct NodeFault {
  /// When it strikes.
  enum class Moment {
    Accept,        ///< A client connected; nothing was read from it.
    Handshake,     ///< The first half of the handshake came, before it is answered.
    Connect,       ///< The command came, before it is answered; so for the next ones.
    CreateStream,  ///< See Connect.
    Publish,       ///< See Connect.
    Media,         ///< Audio, video or data of a publisher came: see `messages`, `bytes`, `time`.
    Play,          ///< See Connect.
    UseObject,     ///< A client asks to use a shared object: see Connect.
    ChangeObject   ///< It sets or deletes slots, or sends to all users: see Connect.
  };
  /// What happens then.
  enum class Kind {
    Refuse,    ///< An answer that says no, with `code`.
    Reset,     ///< The connection ends with a TCP reset.
    Close,     ///< The connection ends without a word.
    Silent,    ///< Nothing is answered any more; what comes is read and forgotten.
    Stall,     ///< Nothing is read any more, or for `pause`.
    Delay,     ///< It is dealt with after `pause`, and what comes behind it too.
    Drip,      ///< From then on only `bytesPerSecond` are read.
    Garbage,   ///< Bytes that are no RTMP are sent; then as Silent.
    Ghost,     ///< When this publisher vanishes without unpublishing, the name stays in use for
               ///< `pause`.
    NoAcks,    ///< What is received is not acknowledged any more.
    Redirect,  ///< The client is sent to `url`: connect is rejected with code 302, publish and play
               ///< are answered in the manner of SRS; at Media a ReconnectRequest is sent.
    Ignore     ///< What brought it is forgotten, without an answer; all else goes on.
  };

  Moment moment = Moment::Accept;
  Kind kind = Kind::Close;
  std::chrono::milliseconds pause{0};  ///< Of Stall (0: for good), Delay and Ghost.
  std::uint64_t bytesPerSecond = 0;    ///< Of Drip.
  std::string code{};  ///< Of Refuse; empty: the usual one, e.g. "NetStream.Publish.BadName".
  std::string url{};   ///< Of Redirect.

  // Of Media: it strikes once per publishing, when all three are reached.
  std::uint64_t messages = 1;
  std::uint64_t bytes = 0;            ///< Of the messages' bodies.
  std::chrono::milliseconds time{0};  ///< By the media's timestamps.

  std::uint64_t times = 0;   ///< Only so often, so that a later attempt succeeds. 0: always.
  std::uint64_t every = 1;   ///< Only each of so many times that the moment is reached.
  double chance = 1;         ///< How likely it then strikes, 0 to 1.
  std::uint32_t seed = 1;    ///< Of `chance`.
  std::string streamName{};  ///< Of Publish, Media and Play: that stream's only; of UseObject and
                             ///< ChangeObject: that object's. Empty: of all.
};

/// Reads `MOMENT:KIND[=VALUE][,OPTION=VALUE...]`: moments accept, handshake, connect, createStream,
/// publish, media, play, use, change; kinds refuse[=CODE], reset, close, silent, stall[=MS],
/// delay=MS, drip=BYTES_PER_S, garbage, ghost=MS, noacks, redirect=URL, ignore; options times=N,
/// every=N, chance=P, seed=N, name=NAME and, of media, messages=N, bytes=N, ms=N. E.g.
/// "connect:refuse,times=2", "media:stall=5000,ms=2000".
/// @return Errc::InvalidArgument with a line that names the part that cannot be read or used.
MC_API Result<NodeFault> parseNodeFault(std::string_view text);

/// Moment and kind: "connect:refuse".
MC_API std::string faultName(const NodeFault& fault);

}  // namespace multiconnection
