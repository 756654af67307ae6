#include "session/stream_requests.hpp"

namespace multiconnection::session {

std::string_view wireName(PublishMode mode) {
  switch (mode) {
    case PublishMode::Live:
      return "live";
    case PublishMode::Record:
      return "record";
    case PublishMode::Append:
      return "append";
    case PublishMode::AppendWithGap:
      return "appendWithGap";
  }
  return "live";
}

std::string_view wireName(Transition transition) {
  switch (transition) {
    case Transition::Append:
      return "append";
    case Transition::AppendAndWait:
      return "appendAndWait";
    case Transition::Reset:
      return "reset";
    case Transition::Resume:
      return "resume";
    case Transition::Stop:
      return "stop";
    case Transition::Swap:
      return "swap";
    case Transition::Switch:
      return "switch";
  }
  return "switch";
}

}  // namespace multiconnection::session
