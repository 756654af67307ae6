#pragma once

#include <chrono>
#include <optional>

namespace multiconnection::node {

/// How a published stream is kept.
enum class RecordMode {
  Overwrite,     ///< A new recording in place of an old one, beginning at 0.
  Append,        ///< Goes on right behind the last frame of an old one.
  AppendWithGap  ///< Keeps the publisher's timestamps where they lie behind the last frame.
};

/// What a player asks for.
struct PlayRequest {
  enum class From { LiveOrRecorded, Live, Recorded };
  From from = From::LiveOrRecorded;
  std::chrono::milliseconds start{0};                 ///< Recorded: where to begin.
  std::optional<std::chrono::milliseconds> duration;  ///< 0: a single picture.
  bool reset = true;                                  ///< Forgets what was played before.
  /// How far ahead of its clock the player wants media.
  std::chrono::milliseconds buffer{3000};
};

}  // namespace multiconnection::node
