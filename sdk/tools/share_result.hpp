#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/sync.hpp"

namespace multiconnection::tools {

/// How a shared object, and what was written to it, came to stand on one server.
struct ShareResult {
  enum class Outcome {
    Acknowledged,  ///< The object is there, every write was taken, the message was passed on.
    Refused,       ///< The object, or a write.
    TimedOut,
    NotConnected,
    Closed,      ///< The connection ended before.
    Off,         ///< The server ends connections at shared objects.
    NotDecided,  ///< The program was stopped before.
  };

  std::size_t server = 0;  ///< Its place among --to, from 0.
  std::string url;         ///< Redacted.
  Outcome outcome = Outcome::NotDecided;
  std::chrono::milliseconds elapsed{0};  ///< Since the start.
  std::uint32_t version = 0;             ///< Of the object, as that server counts.
  bool ownConnection = false;            ///< The object has one of its own there.
  std::string reason;                    ///< Why it is not acknowledged, in words.

  bool good() const { return outcome == Outcome::Acknowledged; }
};

/// What is known of one server besides the object's report.
struct ShareWitness {
  /// Takes what became of a write of ours, if it is about one.
  void note(const SyncChange& change);

  bool connected = false;    ///< It was, at least once.
  bool objectTold = false;   ///< An event was about the object there.
  bool useTimedOut = false;  ///< MultiSharedObject.Use.TimedOut was told of it.
  std::string trouble;       ///< The last code and reason of an error or a warning; may be empty.
  AmfObject unanswered;      ///< Writes that no event has told of yet; null deletes.
  std::vector<std::string> refusedSlots;  ///< Of ours.
  bool expectsMessage = false;            ///< One was sent to it,
  bool heardMessage = false;              ///< and it has come back.
};

/// Whether waiting for that server is over.
bool isSettled(const SharedObjectReport& report, const ShareWitness& witness);
/// The outcome with its reason, as things stand; `server`, `url` and `elapsed` are the caller's.
ShareResult resultOf(const SharedObjectReport& report, const ShareWitness& witness);

std::string_view outcomeName(ShareResult::Outcome outcome);

/// A slot on the servers that have the object.
struct SharedValue {
  struct Copy {
    std::size_t server;
    std::string url;
    AmfValue value;
  };
  std::string slot;
  std::vector<Copy> copies;

  bool divergent() const;
};

// For people, without line breaks.

/// "server 0 rtmp://a/app acknowledged after 3 ms"
std::string textOfShare(const ShareResult& result);
/// "1 of 2 servers acknowledged"
std::string textOfShareVerdict(std::size_t acknowledged, std::size_t servers);
/// "userName = "Foo"", or a line per server where the copies differ.
std::vector<std::string> textsOfValue(const SharedValue& value);
/// One line per change; a snapshot has one in front.
std::vector<std::string> textsOfSync(const SyncEvent& event);
/// "server 0 rtmp://a/app message say: "hi" 7"
std::string textOfMessage(const SharedMessage& message);

}  // namespace multiconnection::tools
