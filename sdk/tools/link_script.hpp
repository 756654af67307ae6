#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/error.hpp"
#include "multiconnection/link_emulator.hpp"

namespace multiconnection::tools {

/// `base` with what "rate=2M,delay=100,jitter=30,buffer=65536,corruption=0.001" changes in it.
/// @return Errc::InvalidArgument with a line that names the part that cannot be read.
Result<LinkConditions> withChanges(LinkConditions base, std::string_view text);

/// One line of a link's script.
struct LinkStep {
  enum class Action { Up, Down, Both, Stall, Resume, Reset, Vanish, Refuse, Listen };
  std::chrono::milliseconds at{0};     ///< Since the start; of `every` the first time.
  std::chrono::milliseconds every{0};  ///< 0: once.
  Action action = Action::Stall;
  std::string changes;  ///< Of Up, Down and Both: for withChanges().
  std::size_t line = 0;
  std::string text;  ///< Without the time.
};

/// Reads lines `at TIME ACTION` and `every TIME ACTION`, e.g. "at 1.5s up rate=500k"; empty lines
/// and those that begin with # are passed over.
/// @return Errc::InvalidArgument with one line that has the number and the text of the bad one.
Result<std::vector<LinkStep>> parseLinkScript(std::string_view script);

/// Which steps are due when.
class LinkSchedule {
 public:
  using Time = std::chrono::milliseconds;  ///< Since the start.

  explicit LinkSchedule(std::vector<LinkStep> steps);
  /// When the next one is due; Time::max() after the last.
  Time next() const;
  /// Those that are due by now, in the order of their times, and at the same one of their lines.
  std::vector<LinkStep> take(Time now);

 private:
  std::vector<LinkStep>::const_iterator first() const;
  std::vector<LinkStep> waiting_;
};

}  // namespace multiconnection::tools
