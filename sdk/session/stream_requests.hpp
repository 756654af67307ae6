#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace multiconnection::session {

/// What the server does with a published stream besides handing it on.
enum class PublishMode {
  Live,           ///< Nothing.
  Record,         ///< Keeps it, in place of an earlier recording of that name.
  Append,         ///< Keeps it behind the earlier recording.
  AppendWithGap,  ///< The same, with the time between the two left as a gap.
};
/// The word that publish sends: "live", "record", "append", "appendWithGap".
std::string_view wireName(PublishMode mode);

/// What to play, and from where.
struct PlayRequest {
  std::string name;
  /// Seconds. -2: the live stream, else the recording, else wait for the live one; -1: the live
  /// stream only; 0 or more: the recording, from there.
  double start = -2;
  double duration = -1;  ///< Seconds; -1: to the end; 0: a single frame.
  /// Whether a playlist that runs is replaced; nothing: the server's habit, which is to replace it.
  std::optional<bool> reset{};
  std::chrono::milliseconds bufferTime{1000};  ///< How far ahead the server may send.
};

/// How play2 goes from one stream to the other.
enum class Transition { Append, AppendAndWait, Reset, Resume, Stop, Swap, Switch };
/// The word that play2 sends: "append", "appendAndWait", "reset" and so on.
std::string_view wireName(Transition transition);

/// What play2 asks for. Its times are seconds, as ActionScript's NetStreamPlayOptions has them.
struct PlaySwitch {
  std::string name;
  std::string oldName{};  ///< Which stream of a playlist it takes the place of; empty: that played.
  Transition transition = Transition::Switch;
  double start = -2;  ///< As PlayRequest's.
  double length = -1;
  double offset = -1;  ///< Time in the old stream at which to switch; -1: as soon as possible.
};

}  // namespace multiconnection::session
